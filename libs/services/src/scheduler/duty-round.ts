import type { Clock } from '@taskflow/domain';
import type { RunMemory, SchedulerCtx } from '@taskflow/engine';
import type { Logger } from '@taskflow/runtime';
import { survey, type Survey } from '@taskflow/store';
import type { Duty } from './duties.js';

const POLL_MS = 1000;
const REST_MS = 1000;
const MOST_PAGES = 50;

export interface Round {
  /** Milliseconds until the next look, unless something wakes the scheduler before. */
  readonly waitMs: number;
  /** Duties that failed, with why. */
  readonly failures: ReadonlyMap<string, unknown>;
}

export interface DutyRounds {
  /**
   * One look at everything: does what is due, page by page, and looks again while something was done.
   *
   * @param hinted name of a duty that is said to have work: it is done before the look
   */
  run(ctx: SchedulerCtx, memory: RunMemory, hinted?: string): Promise<Round>;
}

/**
 * Rounds of duties. A duty that was due and found nothing (a queue that waits for a place, a row that someone edits)
 * rests for a while or until something was done elsewhere, so that it is not asked in vain each time.
 */
export function createDutyRounds(duties: readonly Duty[], clock: Clock, logger: Logger): DutyRounds {
  const restUntil = new Map<string, number>();

  const runDuty = async (duty: Duty, ctx: SchedulerCtx, memory: RunMemory): Promise<boolean> => {
    const done = await duty.run(ctx, memory);
    if (done) for (const { name, patient } of duties) if (!patient) restUntil.delete(name);
    const restMs = (done ? duty.busyRestMs : undefined) ?? duty.restMs ?? REST_MS;
    if (!done || duty.patient) restUntil.set(duty.name, clock.monotonicMs() + restMs);
    return done;
  };

  const isDue = (duty: Duty, seen: Survey): boolean => {
    const at = duty.at(seen);
    return at !== null && at <= seen.now && clock.monotonicMs() >= (restUntil.get(duty.name) ?? 0);
  };

  /** True when something was done. A failure is noted, and ends the round only for one that no longer leads. */
  const attempt = async (duty: Duty, ctx: SchedulerCtx, memory: RunMemory, failures: Map<string, unknown>) => {
    try {
      return await runDuty(duty, ctx, memory);
    } catch (error) {
      failures.set(duty.name, error);
      restUntil.set(duty.name, clock.monotonicMs() + REST_MS);
      logger.error({ err: error, duty: duty.name }, 'a duty of the scheduler failed');
      return false;
    }
  };

  return {
    async run(ctx, memory, hinted) {
      const failures = new Map<string, unknown>();
      const over = (): boolean => ctx.signal.aborted || [...failures.values()].some(isNotLeader);
      const first = duties.find((duty) => duty.name === hinted);
      if (first) await attempt(first, ctx, memory, failures);
      for (let page = 0; ; page += 1) {
        if (over()) return { waitMs: 0, failures };
        const seen = await survey(ctx.db);
        let done = false;
        for (const duty of duties) {
          if (over()) return { waitMs: 0, failures };
          if (!isDue(duty, seen) || failures.has(duty.name)) continue;
          done = (await attempt(duty, ctx, memory, failures)) || done;
        }
        if (!done) return { waitMs: waitFor(duties, seen), failures };
        if (page === MOST_PAGES) return { waitMs: 0, failures };
      }
    },
  };
}

/** Another program’s transaction keeps rows locked: no other scheduler could do better. */
export function isHeldUp(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && error.reason === 'ROWS_LOCKED';
}

export function isNotLeader(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && error.reason === 'NOT_LEADER';
}

function waitFor(duties: readonly Duty[], seen: Survey): number {
  let waitMs = POLL_MS;
  for (const duty of duties) {
    const at = duty.at(seen);
    const left = at === null ? POLL_MS : at.getTime() - seen.now.getTime();
    if (left > 0) waitMs = Math.min(waitMs, left + 1);
  }
  return waitMs;
}
