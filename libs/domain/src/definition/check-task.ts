import type { z } from 'zod';
import { formatDuration } from '../duration.js';
import { fieldViolation, type FieldViolation } from '../error/invalid-input.js';
import { checkedJson, type JsonObject } from '../json.js';
import { compileParams } from '../params/compile-params.js';
import { validateParams } from '../params/validate-params.js';
import { parseTemplate } from '../template/parse-template.js';
import type { Sla } from './field-schema.js';
import { attempt } from './read-strictly.js';
import { taskReferences } from './run-references.js';
import type { taskSchema } from './task-schema.js';

const MAX_PUSH_BYTES = 64 * 1024;

type At = (path: string) => string;

/** What one field of a task says of another. */
export function checkTaskFields(task: z.infer<typeof taskSchema>, at: At): FieldViolation[] {
  return [
    ...checkRetry(task, at),
    ...checkParams(task, at),
    ...checkSla(task, at),
    ...checkLimits(task, at),
    ...checkPush(task, at),
    ...checkTemplates(task, at),
  ];
}

/** That the schema is one, that the defaults fit it, and that a schedule, which gives no params, can run. */
export function checkParams(
  definition: {
    readonly params?: JsonObject | undefined;
    readonly defaults?: JsonObject | undefined;
    readonly schedule: readonly unknown[];
  },
  at: At,
): FieldViolation[] {
  const { params: schema, defaults, schedule } = definition;
  if (schema === undefined) return [];
  const compiled = attempt(() => compileParams(schema, at('params')));
  if (!compiled.ok) return [...compiled.violations];
  const faults = compiled.value.check(structuredClone({ ...defaults }), at('defaults'));
  const wrong = faults.filter((fault) => fault.got !== undefined);
  if (wrong.length > 0 || schedule.length === 0) return wrong;
  const read = attempt(() => validateParams({ schema, defaults, given: {}, field: at('params') }));
  if (read.ok) return [];
  const field = at('schedule');
  return read.violations.map((fault) => {
    const wanted = 'a default for it: a scheduled instance is given no params';
    return { field, wanted, description: `${field}: ${fault.description}; wanted ${wanted}` };
  });
}

/** That a time of day has a schedule, whose zone it is in and whose runs it is for: others would never be held to it. */
export function checkSla(
  { sla, schedule }: { readonly sla?: Sla | undefined; readonly schedule: readonly unknown[] },
  at: At,
): FieldViolation[] {
  if (sla?.expected_by === undefined || schedule.length > 0) return [];
  const wanted = 'a schedule with it, for whose runs it is; start_within and finish_within hold for every run';
  return [fieldViolation(at('sla.expected_by'), sla.expected_by, wanted)];
}

function checkRetry({ retry, retry_delay_ms: first }: z.infer<typeof taskSchema>, at: At): FieldViolation[] {
  const { max_delay_ms: longest } = retry;
  if (longest === undefined || longest >= first) return [];
  const wanted = `at least retry_delay, which is ${formatDuration(first)}`;
  return [fieldViolation(at('retry.max_delay_ms'), formatDuration(longest), wanted)];
}

function checkLimits({ limits = [] }: z.infer<typeof taskSchema>, at: At): FieldViolation[] {
  return limits.flatMap(({ key }, index) => {
    const field = at(`limits[${index}].key`);
    const parts = attempt(() => parseTemplate(key, field));
    if (!parts.ok) return [...parts.violations];
    const stray = parts.value.find((part) => typeof part !== 'string' && part.root !== 'params');
    return stray === undefined ? [] : [fieldViolation(field, key, 'references to params only')];
  });
}

function checkPush({ push, push_destination: destination }: z.infer<typeof taskSchema>, at: At): FieldViolation[] {
  if (push === undefined) return [];
  const field = at('push');
  if (destination === undefined) {
    return [fieldViolation(at('push_destination'), undefined, 'the destination that push is for')];
  }
  const read = attempt(() =>
    checkedJson(push, {
      subject: 'the push spec',
      field,
      maxBytes: MAX_PUSH_BYTES,
      advice: 'keep files and scripts in the image, not in the definition',
      tooLarge: 'PUSH_TOO_LARGE',
    }),
  );
  return read.ok ? [] : [...read.violations];
}

function checkTemplates({ run, push }: z.infer<typeof taskSchema>, at: At): FieldViolation[] {
  const read = attempt(() => taskReferences({ run, push: push as JsonObject | undefined }, at));
  return read.ok ? [] : [...read.violations];
}
