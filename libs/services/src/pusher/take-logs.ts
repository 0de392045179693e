import type { Clock } from '@taskflow/domain';
import { appendJobLog, logMarkOf, type PushCtx } from '@taskflow/engine';
import type { PushJobRow } from '@taskflow/store';
import { callSignal, type Holder } from './holder.js';
import { refOf } from './read-outcome.js';

const LOG_PART_BYTES = 256 * 1024;
/** Most parts of a log taken at once, so that one loud job does not hold up the others. */
const MOST_PARTS = 4;
/** A log that is longer than this is kept at the destination alone. */
const MOST_LINES = 100_000;
/** Of one look at the jobs: logs of thousands would hold up the news. */
const BUDGET_MS = 1000;
/** Logs of ended jobs that are read before their ends are written, however long it takes. */
const ALWAYS_READ = 3;
const AT_ONCE = 4;
/** Ended jobs whose logs are still to be read; of more the log is left at the destination. */
const MOST_LEFT = 20_000;

/**
 * Takes the logs of jobs within bounds: an end does not wait for the logs of thousands. What is left is read at the next looks;
 * should this process die meanwhile, it stays at the destination, where the job's link leads.
 */
export interface LogTaker {
  /** A look at the jobs begins. */
  begin(): void;
  /** To the end, as far as there is time before the ends are written. */
  ofEnded(ctx: PushCtx, holder: Holder, jobs: readonly PushJobRow[]): Promise<void>;
  /** Of ended jobs that are left, then on in those of running ones, each in its turn. */
  ofOthers(ctx: PushCtx, holder: Holder, running: readonly PushJobRow[]): Promise<void>;
  /** Ended jobs whose logs are not read. */
  left(): number;
}

export function createLogTaker(clock: Clock): LogTaker {
  let left: PushJobRow[] = [];
  let until = 0;
  let read = 0;
  /** The running job whose turn was last. */
  let last = '';

  /** Several at a time while `may`; gives those that were not begun. */
  const takeAll = async (
    ctx: PushCtx,
    holder: Holder,
    jobs: readonly PushJobRow[],
    ended: boolean,
    may: () => boolean,
  ): Promise<PushJobRow[]> => {
    const queue = [...jobs];
    const lane = async (): Promise<void> => {
      while (holder.isHeld() && may()) {
        const job = queue.shift();
        if (job === undefined) return;
        if (!ended) last = job.id;
        await takeLog(ctx, holder, job, ended).catch((error: unknown) => {
          ctx.logger.warn({ err: error, job: job.external_name }, 'the log of a job cannot be read');
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return queue;
  };
  const inTime = (): boolean => clock.monotonicMs() < until;

  return {
    begin() {
      until = clock.monotonicMs() + BUDGET_MS;
      read = 0;
    },
    async ofEnded(ctx, holder, jobs) {
      if (!holder.destination.fetchLogs) return;
      const rest = await takeAll(ctx, holder, jobs, true, () => (read += 1) <= ALWAYS_READ || inTime());
      left.push(...rest);
      if (left.length > MOST_LEFT) {
        ctx.logger.warn({ jobs: left.length - MOST_LEFT }, 'logs of ended jobs are left at their destination');
        left = left.slice(-MOST_LEFT);
      }
    },
    async ofOthers(ctx, holder, running) {
      if (!holder.destination.fetchLogs) return;
      left = await takeAll(ctx, holder, left, true, inTime);
      const next = running.findIndex((job) => BigInt(job.id) > BigInt(last || '0'));
      const inTurn = next < 0 ? running : [...running.slice(next), ...running.slice(0, next)];
      await takeAll(ctx, holder, inTurn, false, inTime);
    },
    left: () => left.length,
  };
}

async function takeLog(ctx: PushCtx, holder: Holder, job: PushJobRow, ended: boolean): Promise<void> {
  const { destination } = holder;
  if (!destination.fetchLogs) return;
  let mark = logMarkOf(job);
  for (let part = 0; (ended || part < MOST_PARTS) && mark.lines < MOST_LINES; part += 1) {
    const query = { position: mark.position, maxBytes: LOG_PART_BYTES, ended };
    const chunk = await destination.fetchLogs(refOf(job), query, callSignal(holder));
    if (chunk.lines.length === 0) return;
    mark = await appendJobLog(ctx, job.id, mark, chunk);
  }
}
