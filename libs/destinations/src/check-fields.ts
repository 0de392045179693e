import { isJsonObject, type JsonObject, type JsonValue } from '@taskflow/domain';
import type { ResolvedSpec, ValidationIssue } from './destination.js';

/** What one field of a Task's `push` may be. */
export interface FieldCheck {
  readonly wanted: string;
  readonly holds: (value: JsonValue) => boolean;
}

export const text: FieldCheck = { wanted: 'text', holds: (value) => typeof value === 'string' && value !== '' };
export const object: FieldCheck = { wanted: 'an object', holds: isJsonObject };
export const objects: FieldCheck = {
  wanted: 'a list of objects',
  holds: (value) => Array.isArray(value) && value.every((item) => isJsonObject(item as JsonValue)),
};
export const map: FieldCheck = {
  wanted: 'an object of text values',
  holds: (value) => isJsonObject(value) && Object.values(value).every((item) => typeof item === 'string'),
};

/** Fields of `push` that are unknown to a destination, or are not what it wants. */
export function checkFields(push: JsonObject, fields: Readonly<Record<string, FieldCheck>>): ValidationIssue[] {
  return Object.entries(push).flatMap(([field, value]): ValidationIssue[] => {
    const check = fields[field];
    if (check === undefined) {
      return [{ field: `push.${field}`, message: `is unknown; known are ${Object.keys(fields).join(', ')}` }];
    }
    if (check.holds(value)) return [];
    return [{ field: `push.${field}`, message: `got ${JSON.stringify(value).slice(0, 80)}, wanted ${check.wanted}` }];
  });
}

/** What no destination does that runs a command elsewhere, and a command and environment that are too large for it. */
export function checkRun({ run, env, push }: ResolvedSpec, mostBytes: number, where: string): ValidationIssue[] {
  const issues = (['input_file', 'output_file'] as const).flatMap((field): ValidationIssue[] => {
    const message = 'is for commands that a worker runs: read and write it in the command itself';
    return run[field] === undefined ? [] : [{ field: `run.${field}`, message }];
  });
  const bytes = Buffer.byteLength(JSON.stringify({ run, env, push }));
  if (bytes > mostBytes) {
    const most = `${String(mostBytes / 1024)} KiB`;
    const message = `command and environment have ${String(bytes)} bytes, at most ${most} go into ${where}`;
    issues.push({ field: 'run', message });
  }
  return issues;
}
