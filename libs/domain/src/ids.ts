import { InvalidInput, fieldViolation } from './error/invalid-input.js';

/** The id of an instance: a positive 64-bit integer, always written as a decimal string, never as a number. */
export type Id = string;

const MAX_ID = 2n ** 63n - 1n;

/** @throws InvalidInput naming `field` unless `value` is an id as this system writes it */
export function parseId(value: unknown, field: string): Id {
  if (typeof value === 'string' && /^[1-9]\d{0,18}$/.test(value) && BigInt(value) <= MAX_ID) return value;
  throw InvalidInput.of('the id', [
    fieldViolation(field, value, 'an id as the list shows it: a string of 1 to 19 digits'),
  ]);
}
