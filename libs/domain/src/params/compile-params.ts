import { createHash } from 'node:crypto';
import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { InvalidInput, fieldViolation, type FieldViolation } from '../error/invalid-input.js';
import { canonicalJson, type JsonObject } from '../json.js';
import { describeSchemaErrors } from './describe-schema-errors.js';

export interface CompiledParams {
  /** Fills defaults of the schema into `params` in place, then tells what breaks it, at most one violation per field. */
  check(params: Record<string, unknown>, field: string): FieldViolation[];
}

const CACHED_SCHEMAS = 1000;
const WANTED = 'a JSON Schema (draft 2020-12) of an object';

const cache = new Map<string, CompiledParams>();
// Definitions are kept as the same objects, so that the text of their schema need not be hashed for each instance.
const bySchema = new WeakMap<JsonObject, CompiledParams>();

const ajv = new Ajv2020({
  allErrors: true,
  useDefaults: true,
  verbose: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  allowUnionTypes: true,
  discriminator: true,
  logger: false,
});
formats.default(ajv);
ajv.addVocabulary(['example', 'markdownDescription']);

/**
 * Compiles a JSON Schema (draft 2020-12) for params; the result is kept, up to 1000 schemas, by content.
 *
 * @throws InvalidInput naming `field` when it is no such schema
 */
export function compileParams(schema: JsonObject, field = 'params'): CompiledParams {
  const seen = bySchema.get(schema);
  if (seen !== undefined) return seen;
  const key = createHash('sha256').update(canonicalJson(schema)).digest('base64');
  const compiled = cache.get(key) ?? compile(schema, field);
  bySchema.set(schema, compiled);
  cache.delete(key);
  cache.set(key, compiled);
  if (cache.size > CACHED_SCHEMAS) cache.delete(cache.keys().next().value ?? key);
  return compiled;
}

function compile(schema: JsonObject, field: string): CompiledParams {
  const type = schema['type'];
  if (type !== undefined && type !== 'object') {
    throw InvalidInput.of('the schema', [fieldViolation(`${field}.type`, type, '"object": params are named values')]);
  }
  if (schema['$async'] !== undefined) {
    throw InvalidInput.of('the schema', [fieldViolation(`${field}.$async`, schema['$async'], WANTED)]);
  }
  const validate = compileSchema(schema, field);
  return {
    check(params, at) {
      return validate(params) ? [] : describeSchemaErrors(errorsOf(validate), at);
    },
  };
}

function compileSchema(schema: AnySchemaObject, field: string): ValidateFunction {
  try {
    return ajv.compile(schema);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    const description = `${field}: ${detail}, wanted ${WANTED}`;
    throw InvalidInput.of('the schema', [{ field, got: detail, wanted: WANTED, description }], { cause });
  } finally {
    // Else the next schema with the same `$id` would collide with this one.
    ajv.removeSchema(schema);
  }
}

function errorsOf(validate: ValidateFunction): ErrorObject[] {
  return validate.errors ?? [];
}
