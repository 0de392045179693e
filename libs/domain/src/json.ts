import { InvalidInput, fieldViolation, type FieldViolation } from './error/invalid-input.js';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface JsonBounds {
  /** Name of the value in the message: `the params`. */
  readonly subject: string;
  /** Path of the value within the input; empty for the input itself. */
  readonly field: string;
  readonly maxBytes: number;
  /** What to do with a value that is too large. */
  readonly advice: string;
  /** Reason of the error for a value that is too large. */
  readonly tooLarge: string;
}

/** Nesting beyond this is refused: no definition or param needs it, and every consumer would have to survive it. */
const MAX_JSON_DEPTH = 100;

const TEXT_WANTED = 'text without NUL characters and unpaired surrogates, which JSON in Postgres cannot hold';

/**
 * The JSON text of `value`.
 *
 * @throws InvalidInput when it is not plain JSON, nests deeper than {@link MAX_JSON_DEPTH} or is longer than `maxBytes` in UTF-8
 */
export function checkedJson(value: unknown, bounds: JsonBounds): string {
  const budget = { bytes: bounds.maxBytes };
  const fault = findFault(value, bounds.field, MAX_JSON_DEPTH, budget);
  if (fault !== undefined) throw InvalidInput.of(bounds.subject, [fault]);
  const text = budget.bytes < 0 ? undefined : JSON.stringify(value);
  const bytes = text === undefined ? undefined : Buffer.byteLength(text);
  if (text !== undefined && bytes !== undefined && bytes <= bounds.maxBytes) return text;
  const got = bytes === undefined ? `more than ${bounds.maxBytes} bytes` : `${bytes} bytes`;
  const wanted = `at most ${bounds.maxBytes / 1024} KiB of JSON`;
  const description = `${bounds.subject}: got ${got}, wanted ${wanted}; ${bounds.advice}`;
  throw new InvalidInput(description, [{ field: bounds.field, got, wanted, description }], {
    reason: bounds.tooLarge,
  });
}

// Every node costs at least a byte, so a value whose shared parts expand without end stops the walk when the budget is gone.
function findFault(value: unknown, path: string, depth: number, budget: { bytes: number }): FieldViolation | undefined {
  budget.bytes -= typeof value === 'string' ? value.length : 1;
  if (budget.bytes < 0 || value === null || typeof value === 'boolean') return undefined;
  if (typeof value === 'string') return isStorable(value) ? undefined : fieldViolation(path, value, TEXT_WANTED);
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : fieldViolation(path, value, 'a finite number');
  }
  if (typeof value !== 'object' || !isPlain(value)) return fieldViolation(path, value, 'plain JSON');
  if (depth === 0) return fieldViolation(path, value, `at most ${MAX_JSON_DEPTH} levels of nesting`);
  const list = Array.isArray(value);
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined && !list) continue;
    if (!list && !isStorable(key)) return fieldViolation(path, key, TEXT_WANTED);
    budget.bytes -= list ? 1 : key.length;
    const fault = findFault(child, joinPath(path, list ? Number(key) : key), depth - 1, budget);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** JSON text in which equal values are equal texts: keys sorted, undefined ones left out, no spaces. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, child]) => child !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => `${JSON.stringify(key)}:${canonicalJson(child)}`);
    return `{${entries.join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

/** `tasks`, `tasks[2]`, `tasks[2].depends_on`, `labels["a b"]`. */
export function joinPath(path: string, key: PropertyKey): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  const name = String(key);
  if (!/^[\w$-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
