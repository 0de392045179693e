import { checkedJson, fieldViolation, isTaskflowError, knownWords, type FieldViolation } from '@taskflow/domain';
import { REST_MESSAGES, type RestField } from '@taskflow/proto';
import { readScalar } from './read-scalar.js';

type Fields = Readonly<Record<string, RestField>>;

const JSON_MAX_BYTES = 1024 * 1024;

/**
 * Turns the JSON of a request into what ts-proto's fromJSON takes, strictly: unknown fields, wrong types and two members of a
 * oneof are reported in `violations`, each under its path.
 */
export function readMessage(
  type: string,
  json: unknown,
  path: string,
  violations: FieldViolation[],
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    violations.push(fieldViolation(path, json, 'an object'));
    return result;
  }
  const fields = fieldsOf(type);
  const chosen = new Map<string, string>();
  for (const [name, value] of Object.entries(json)) {
    const field = fieldNamed(fields, name);
    const place = path === '' ? name : `${path}.${name}`;
    if (field === undefined) {
      violations.push(unknownField(place, name, fields));
      continue;
    }
    if (value === null || value === undefined) continue;
    const other = field.oneof === undefined ? undefined : chosen.get(field.oneof);
    if (other !== undefined) violations.push(fieldViolation(place, value, `nothing beside ${other}, or that left out`));
    if (field.oneof !== undefined) chosen.set(field.oneof, name);
    result[field.property] = readField(field, value, place, violations);
  }
  return result;
}

export function fieldsOf(type: string): Fields {
  const fields = REST_MESSAGES[type];
  if (fields === undefined) throw new Error(`The contract has no message ${type}`);
  return fields;
}

/** By its JSON name (pageSize), or as in the .proto file (page_size). */
export function fieldNamed(fields: Fields, name: string): RestField | undefined {
  if (Object.hasOwn(fields, name)) return fields[name];
  return Object.values(fields).find((field) => field.proto === name && !field.jsonText);
}

export function unknownField(path: string, name: string, fields: Fields): FieldViolation {
  const known = Object.keys(fields);
  const description = `${path}: there is no such field; ${knownWords(name, known)}`;
  return { field: path, got: JSON.stringify(name), wanted: `one of ${known.join(', ')}`, description };
}

function readField(field: RestField, value: unknown, path: string, violations: FieldViolation[]): unknown {
  if (field.jsonText) return readJson(value, path, violations);
  if (field.map) return readMap(field, value, path, violations);
  if (!field.repeated) return readValue(field, value, path, violations);
  if (Array.isArray(value)) return value.map((item, i) => readValue(field, item, `${path}[${i}]`, violations));
  violations.push(fieldViolation(path, value, 'a list'));
  return [];
}

function readMap(field: RestField, value: unknown, path: string, violations: FieldViolation[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    violations.push(fieldViolation(path, value, 'an object'));
    return {};
  }
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    readValue(field, item, `${path}.${key}`, violations),
  ]);
  return Object.fromEntries(entries);
}

function readValue(field: RestField, value: unknown, path: string, violations: FieldViolation[]): unknown {
  if (Object.hasOwn(REST_MESSAGES, field.type)) return readMessage(field.type, value, path, violations);
  const read = readScalar(field.type, value, path, false);
  if ('value' in read) return read.value;
  violations.push(read.violation);
  return undefined;
}

function readJson(value: unknown, path: string, violations: FieldViolation[]): string | undefined {
  try {
    return checkedJson(value, {
      subject: path,
      field: path,
      maxBytes: JSON_MAX_BYTES,
      advice: 'send less',
      tooLarge: 'PAYLOAD_TOO_LARGE',
    });
  } catch (error) {
    if (!isTaskflowError(error) || !('violations' in error)) throw error;
    violations.push(...(error.violations as FieldViolation[]));
    return undefined;
  }
}
