import { fieldViolation, readDuration, type FieldViolation } from '@taskflow/domain';

/** A value as ts-proto's fromJSON takes it, or what is wrong with the one that was sent. */
export type Read = { readonly value: unknown } | { readonly violation: FieldViolation };

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);
const INT64_MAX = 2n ** 63n - 1n;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;
const SECONDS_MAX = 315_576_000_000;

/** Reads one value of a field whose type is a scalar, a Timestamp or a Duration. `text`: it came from a query or a path. */
export function readScalar(type: string, value: unknown, path: string, text: boolean): Read {
  switch (type) {
    case 'string':
      return readString(value, path);
    case 'bool':
      return readBool(value, path, text);
    case 'int32':
      return readInt32(value, path);
    case 'int64':
      return readInt64(value, path);
    case 'google.protobuf.Timestamp':
      return readTimestamp(value, path);
    case 'google.protobuf.Duration':
      return readDurationField(value, path);
    default:
      throw new Error(`${path}: the gateway does not know the type ${type}`);
  }
}

function readString(value: unknown, path: string): Read {
  if (typeof value === 'string' && value.isWellFormed() && !value.includes('\0')) return { value };
  return refused(path, value, 'a string without NUL characters');
}

function readBool(value: unknown, path: string, text: boolean): Read {
  if (typeof value === 'boolean') return { value };
  if (text && (value === 'true' || value === 'false')) return { value: value === 'true' };
  return refused(path, value, 'true or false');
}

function readInt32(value: unknown, path: string): Read {
  const number = typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value;
  if (Number.isInteger(number) && (number as number) >= INT32_MIN && (number as number) <= INT32_MAX) {
    return { value: number };
  }
  return refused(path, value, 'a 32-bit integer');
}

function readInt64(value: unknown, path: string): Read {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && /^-?\d{1,19}$/.test(text)) {
    const number = BigInt(text);
    if (number <= INT64_MAX && number >= -INT64_MAX - 1n) return { value: text };
  }
  return refused(path, value, 'a 64-bit integer, as a string');
}

function readTimestamp(value: unknown, path: string): Read {
  const wanted = 'a moment such as 2026-11-24T08:30:00Z';
  if (typeof value !== 'string' || !TIMESTAMP.test(value)) return refused(path, value, wanted);
  const moment = new Date(value);
  return Number.isNaN(moment.getTime()) ? refused(path, value, wanted) : { value: moment };
}

function readDurationField(value: unknown, path: string): Read {
  const ms = typeof value === 'string' ? readDuration(value) : undefined;
  if (ms === undefined || ms > SECONDS_MAX * 1000) return refused(path, value, 'a duration such as 30s');
  return { value: { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 } };
}

function refused(path: string, value: unknown, wanted: string): Read {
  return { violation: fieldViolation(path, value, wanted) };
}
