/**
 * When a task of a workflow may start, said of the tasks that it depends on. Each of them has ended as a success, a failure
 * (failed, cancelled, dequeued, or not run because of a failure before it) or skipped.
 *
 * - `all_success`: all are successes (the default)
 * - `all_failed`: all are failures
 * - `all_done`: all have ended, however
 * - `one_failed`, `one_success`, `one_done`: at least one is a failure, a success, or either; does not wait for the others
 * - `none_failed`: all have ended, none is a failure
 * - `none_failed_min_one_success`: as `none_failed`, and at least one is a success
 * - `none_skipped`: all have ended, none is skipped
 * - `all_skipped`: all are skipped
 * - `always`: all have ended, however; it also runs when the workflow is being cancelled
 *
 * A task that depends on nothing starts, whatever its trigger.
 */
export const TRIGGERS = [
  'all_success',
  'all_failed',
  'all_done',
  'one_failed',
  'one_success',
  'one_done',
  'none_failed',
  'none_failed_min_one_success',
  'none_skipped',
  'all_skipped',
  'always',
] as const;

export type Trigger = (typeof TRIGGERS)[number];

/** How many of a task's dependencies have come to what. */
export interface DependencyCounts {
  readonly success: number;
  readonly failure: number;
  readonly skipped: number;
  /** Not ended. */
  readonly open: number;
}

/** `met` is for good; `open`: more dependencies have to end first; `unmet`: all have ended and it is not met. */
export type TriggerVerdict = 'met' | 'unmet' | 'open';

/**
 * What a trigger says of its dependencies.
 *
 * A trigger that can no longer be met stays open until the last dependency has ended, so that what follows a task in the
 * graph never runs beside what comes before it.
 */
export function evaluateTrigger(trigger: Trigger, counts: DependencyCounts): TriggerVerdict {
  const { success, failure, skipped, open } = counts;
  if (success + failure + skipped + open === 0) return 'met';
  if (startsEarly(trigger)) {
    if (isMet(trigger, counts)) return 'met';
    return open > 0 ? 'open' : 'unmet';
  }
  if (open > 0) return 'open';
  return isMet(trigger, counts) ? 'met' : 'unmet';
}

/** True for triggers that are met by the first dependency that fits. */
export function startsEarly(trigger: Trigger): boolean {
  return trigger === 'one_success' || trigger === 'one_failed' || trigger === 'one_done';
}

/** True for triggers that can be met although a dependency is a failure: such tasks still start when the workflow is failing. */
export function toleratesFailure(trigger: Trigger): boolean {
  return isMet(trigger, { success: 1, failure: 1, skipped: 0, open: 0 }) || trigger === 'all_failed';
}

function isMet(trigger: Trigger, { success, failure, skipped }: DependencyCounts): boolean {
  switch (trigger) {
    case 'all_success':
      return failure === 0 && skipped === 0;
    case 'all_failed':
      return success === 0 && skipped === 0;
    case 'all_skipped':
      return success === 0 && failure === 0;
    case 'one_success':
      return success > 0;
    case 'one_failed':
      return failure > 0;
    case 'one_done':
      return success > 0 || failure > 0;
    case 'none_failed':
      return failure === 0;
    case 'none_failed_min_one_success':
      return failure === 0 && success > 0;
    case 'none_skipped':
      return skipped === 0;
    case 'all_done':
    case 'always':
      return true;
  }
}
