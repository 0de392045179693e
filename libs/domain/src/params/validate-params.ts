import { InvalidInput, fieldViolation } from '../error/invalid-input.js';
import { checkedJson, type JsonObject } from '../json.js';
import { compileParams } from './compile-params.js';

/** Largest params of an instance, in bytes of JSON, defaults included. */
export const MAX_PARAMS_BYTES = 256 * 1024;

export interface ParamsInput {
  /** JSON Schema of the task or workflow; without one any object is accepted. */
  readonly schema?: JsonObject | undefined;
  /** Values of the definition, beneath what is given. */
  readonly defaults?: JsonObject | undefined;
  /** What the submission says; undefined and null mean `{}`. */
  readonly given: unknown;
  /** Where it stands in the caller's request. Default `params`. */
  readonly field?: string;
}

/**
 * The params with which an instance runs: the given ones over the definition's defaults, completed by the defaults in the schema.
 * The result is a copy.
 *
 * @throws InvalidInput with one violation per field, or with reason `PARAMS_TOO_LARGE`
 */
export function validateParams({ schema, defaults, given, field = 'params' }: ParamsInput): JsonObject {
  const named = given ?? {};
  if (typeof named !== 'object' || Array.isArray(named)) {
    throw InvalidInput.of('the params', [fieldViolation(field, given, 'an object of named values')]);
  }
  const text = checkedJson(
    { ...defaults, ...named },
    {
      subject: 'the params',
      field,
      maxBytes: MAX_PARAMS_BYTES,
      advice: 'write what is large to a file or object store and pass its address',
      tooLarge: 'PARAMS_TOO_LARGE',
    },
  );
  const params = JSON.parse(text) as Record<string, JsonObject[string]>;
  if (schema === undefined) return params;
  const violations = compileParams(schema).check(params, field);
  if (violations.length > 0) throw InvalidInput.of('the params', violations);
  return params;
}
