import type { z } from 'zod';
import { fieldViolation, type FieldViolation } from '../error/invalid-input.js';
import type { JsonObject } from '../json.js';
import type { Priority } from '../priority.js';
import { DEFAULT_MAX_DELAY_MS, type RetryPolicy } from '../retry/retry-policy.js';
import type { ScheduleSpec } from '../schedule/schedule-spec.js';
import { checkTaskFields } from './check-task.js';
import type { Sla } from './field-schema.js';
import { liftTask } from './lift-task.js';
import { prefixed, readStrictly, type Read } from './read-strictly.js';
import { readSchedules } from './read-schedules.js';
import { taskReferences } from './run-references.js';
import { runSchema, taskSchema } from './task-schema.js';

/** What an attempt does: a handler of that name on a worker, or a command in Bash. */
export type TaskRun = HandlerRun | BashRun;

export interface HandlerRun {
  readonly handler: string;
}

export interface BashRun {
  /** The script, run as it is: references are read in the three fields below and not here. */
  readonly bash: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** `file:` or `http(s):` address whose content becomes standard input. */
  readonly input_file?: string | undefined;
  /** `file:` or `http(s):` address to which standard output is written. */
  readonly output_file?: string | undefined;
}

/** A limit shared by every instance whose key comes out the same. */
export interface ConcurrencyLimit {
  /** May hold `{{ params.NAME }}`. */
  readonly key: string;
  readonly max: number;
}

/** A task as it is stored: complete, defaults filled, durations in milliseconds. It is valid input again, and reads as itself. */
export interface TaskDefinition extends RetryPolicy {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** Only where the task is new; afterwards the database decides. Not part of the hash. Default true. */
  readonly active: boolean;
  /** Default: the handler named as the task. */
  readonly run: TaskRun;
  /** Default `default`. */
  readonly queue: string;
  /** A worker must carry all of these. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Default `normal`. */
  readonly default_priority: Priority;
  /** Milliseconds that one attempt may run; no limit when absent. */
  readonly timeout_ms?: number | undefined;
  /** Milliseconds that an instance may wait for its first start once it is due; no limit when absent. */
  readonly start_timeout_ms?: number | undefined;
  /** Instances running at once; no limit when absent. */
  readonly concurrency?: number | undefined;
  readonly limits?: readonly ConcurrencyLimit[] | undefined;
  readonly sla?: Sla | undefined;
  /** JSON Schema of the params. */
  readonly params?: JsonObject | undefined;
  /** Params beneath those that are given. */
  readonly defaults?: JsonObject | undefined;
  readonly schedule: readonly ScheduleSpec[];
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
  readonly push_destination?: string | undefined;
  /** What the destination is to make of it; its own language. */
  readonly push?: JsonObject | undefined;
}

/** Reads a registered task, which is no part of a workflow, from input that is known to be JSON; `field` is where it stands. */
export function readOwnTask(input: unknown, field: string): Read<TaskDefinition> {
  const read = readTask(input, field);
  if (!read.ok) return read;
  const wanted = 'references to params or run: only a task written within a workflow has tasks before it';
  const stray = taskReferences(read.value, (path) => prefixed(field, path));
  if (stray.length === 0) return read;
  return { ok: false, violations: stray.map((at) => fieldViolation(at.field, `{{ tasks.${at.key}.output }}`, wanted)) };
}

/** Reads a task, registered or within a workflow, from input that is known to be JSON; `field` is where it stands. */
export function readTask(input: unknown, field: string): Read<TaskDefinition> {
  const lifted = liftTask(input);
  const fields = readStrictly(taskSchema, lifted, field);
  if (!fields.ok) return fields;
  const { schedule: given, run: givenRun, ...task } = fields.value;
  const at = (path: string) => prefixed(field, lifted.written.get(path) ?? path);
  const schedules = readSchedules(given, task, at);
  const run = readRun(givenRun, at);
  const violations = [
    ...(run.ok ? [] : run.violations),
    ...(schedules.ok ? [] : schedules.violations),
    ...checkTaskFields(fields.value, at),
  ];
  if (violations.length > 0 || !run.ok || !schedules.ok) return { ok: false, violations };
  const longest = task.retry.max_delay_ms ?? Math.max(DEFAULT_MAX_DELAY_MS, task.retry_delay_ms);
  return {
    ok: true,
    value: { ...task, run: run.value, retry: { ...task.retry, max_delay_ms: longest }, schedule: schedules.value },
  };
}

function readRun(run: z.infer<typeof runSchema>, at: (path: string) => string): Read<TaskRun> {
  const { handler, bash, ...streams } = run;
  const fail = (violation: FieldViolation): Read<TaskRun> => ({ ok: false, violations: [violation] });
  if (handler !== undefined && bash !== undefined) {
    return fail(fieldViolation(at('run.bash'), bash, 'either a handler or bash, not both'));
  }
  if (bash !== undefined) return { ok: true, value: { bash, ...streams } };
  const [stray] = Object.keys(streams);
  if (stray !== undefined) {
    return fail(fieldViolation(at(`run.${stray}`), stray, `bash beside it: only a command has ${stray}`));
  }
  if (handler === undefined) return fail(fieldViolation(at('run'), undefined, 'a handler or bash'));
  return { ok: true, value: { handler } };
}
