import { readDuration } from '../duration.js';
import { isRecord, type Lifted } from './read-strictly.js';

/** Keys that an author may write on the task itself and that its normal form holds in `run`. */
export const RUN_KEYS = ['handler', 'bash', 'env', 'input_file', 'output_file'] as const;

/**
 * Brings a task as an author may write it into its normal form: `bash:` and `handler:` into `run`, durations into milliseconds under
 * `…_ms`, one schedule into a list of one. What cannot be read is carried over as it is, for the schema to refuse.
 */
export function liftTask(input: unknown): Lifted {
  if (!isRecord(input)) return { value: input, written: new Map() };
  const written = new Map<string, string>();
  const task = { ...input };
  liftRun(task, written);
  for (const key of ['timeout', 'start_timeout', 'retry_delay']) liftDuration(task, key, '', written);
  liftSla(task, written);
  if (isRecord(task['retry'])) {
    const retry = { ...task['retry'] };
    liftDuration(retry, 'max_delay', 'retry.', written);
    task['retry'] = retry;
  }
  liftSchedule(task, written);
  return { value: task, written, shorthands: RUN_KEYS };
}

/** Replaces `key` by `key_ms`. With both given, `key` stays where it is and is refused. */
export function liftDuration(
  holder: Record<string, unknown>,
  key: string,
  prefix: string,
  written: Map<string, string>,
): void {
  const value = holder[key];
  if (value === undefined || holder[`${key}_ms`] !== undefined) return;
  delete holder[key];
  holder[`${key}_ms`] = readDuration(value) ?? value;
  written.set(`${prefix}${key}_ms`, `${prefix}${key}`);
}

/** `sla: 2h` is short for `sla: {finish_within: 2h}`. */
export function liftSla(holder: Record<string, unknown>, written: Map<string, string>): void {
  const sla = holder['sla'];
  if (sla === undefined) return;
  if (!isRecord(sla)) {
    written.set('sla.finish_within_ms', 'sla');
    holder['sla'] = { finish_within_ms: readDuration(sla) ?? sla };
    return;
  }
  const lifted = { ...sla };
  for (const key of ['start_within', 'finish_within']) liftDuration(lifted, key, 'sla.', written);
  holder['sla'] = lifted;
}

/** One schedule is short for a list of one. */
export function liftSchedule(holder: Record<string, unknown>, written: Map<string, string>): void {
  const schedule = holder['schedule'];
  if (schedule === undefined || Array.isArray(schedule)) return;
  holder['schedule'] = [schedule];
  written.set('schedule[0]', 'schedule');
}

function liftRun(task: Record<string, unknown>, written: Map<string, string>): void {
  const run: Record<string, unknown> = isRecord(task['run']) ? { ...task['run'] } : {};
  const given = RUN_KEYS.filter((key) => task[key] !== undefined && run[key] === undefined);
  if (task['run'] !== undefined && !isRecord(task['run'])) return;
  for (const key of given) {
    run[key] = task[key];
    delete task[key];
    written.set(`run.${key}`, key);
  }
  if (Object.keys(run).length === 0 && typeof task['name'] === 'string') {
    run['handler'] = task['name'];
    written.set('run.handler', 'name');
  }
  task['run'] = run;
}
