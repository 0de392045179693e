import { z } from 'zod';
import { knownWords } from '../error/did-you-mean.js';
import { InvalidInput, fieldViolation, type FieldViolation } from '../error/invalid-input.js';
import { joinPath } from '../json.js';

/** Input brought into its one normal form, with the way back to what the author wrote. */
export interface Lifted {
  readonly value: unknown;
  /** Path in the normal form to the path as written, where they differ: `run.bash` to `bash`. */
  readonly written: ReadonlyMap<string, string>;
  /** Keys that may be written at the top though the normal form holds them elsewhere. */
  readonly shorthands?: readonly string[];
}

export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly violations: readonly FieldViolation[] };

const MOST_VIOLATIONS = 100;
const UNKNOWN_KEYS = 'unknown keys of ';

/**
 * Reads `lifted` by `schema`, whose leaves give as their error message what they want. Unknown keys are refused with the nearest known one.
 * Fields in violations are `field` followed by the path as written.
 */
export function readStrictly<T>(schema: z.ZodType<T>, lifted: Lifted, field: string): Read<T> {
  const knownOf: string[][] = [];
  const result = schema.safeParse(lifted.value, {
    error: ({ code, inst }) => {
      if (code !== 'unrecognized_keys' || !(inst instanceof z.ZodObject)) return undefined;
      return `${UNKNOWN_KEYS}${knownOf.push(Object.keys(inst.shape)) - 1}`;
    },
  });
  if (result.success) return { ok: true, value: result.data };
  const violations = new Map<string, FieldViolation>();
  for (const issue of result.error.issues.slice(0, MOST_VIOLATIONS)) {
    const path = issue.path.reduce<string>(joinPath, '');
    if (issue.code === 'unrecognized_keys') {
      const known = knownOf[Number(issue.message.slice(UNKNOWN_KEYS.length))] ?? [];
      for (const key of issue.keys) {
        const at = prefixed(field, asWritten(lifted, joinPath(path, key)));
        violations.set(at, unknownKey(at, key, path === '' ? [...known, ...(lifted.shorthands ?? [])] : known));
      }
      continue;
    }
    const at = prefixed(field, asWritten(lifted, path));
    const [got, wanted] =
      issue.code === 'invalid_key'
        ? [issue.path.at(-1), issue.issues[0]?.message ?? issue.message]
        : [valueAt(lifted.value, issue.path), issue.message];
    violations.set(at, fieldViolation(at, got, wanted));
  }
  return { ok: false, violations: [...violations.values()] };
}

/** Runs `parse` and turns the InvalidInput that it throws into violations. */
export function attempt<T>(parse: () => T): Read<T> {
  try {
    return { ok: true, value: parse() };
  } catch (error) {
    if (error instanceof InvalidInput) return { ok: false, violations: error.violations };
    throw error;
  }
}

/** `path` within `field`. */
export function prefixed(field: string, path: string): string {
  if (field === '' || path === '') return field + path;
  return path.startsWith('[') ? field + path : `${field}.${path}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownKey(field: string, key: string, known: readonly string[]): FieldViolation {
  if (known.includes(key) || known.includes(`${key}_ms`)) {
    return { field, got: key, wanted: 'it once', description: `${field}: is given in two ways, wanted it once` };
  }
  const hint = knownWords(key, [...new Set(known.map((name) => name.replace(/_ms$/, '')))]);
  return { field, got: key, wanted: `a known key; ${hint}`, description: `${field}: is not a known key; ${hint}` };
}

function asWritten({ written }: Lifted, path: string): string {
  for (let end = path.length; end > 0; end = Math.max(path.lastIndexOf('.', end - 1), path.lastIndexOf('[', end - 1))) {
    const start = written.get(path.slice(0, end));
    if (start !== undefined) return prefixed(start, path.slice(end).replace(/^\./, ''));
  }
  return path;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}
