import type { Clock } from '@taskflow/domain';
import type { TrackedJob } from '../destination.js';
import type { ExternalRef, Observation } from '../observation.js';
import type { BatchCalls } from './batch-clients.js';
import { listLive } from './find-jobs.js';

/** Described in five calls: lists of each status would cost as many. */
const FEW = 500;
/** What lists do not tell, as why a job does not start, is read again after so long. */
const READ_AGAIN_MS = 5 * 60_000;
/** A queue full of others' jobs is not listed again for so long. */
const NOT_WORTH_MS = 10 * 60_000;

export interface JobFollower {
  /** Those of which the lists of their queues tell another status than is stored, and those that were not described for long. */
  changed(jobs: readonly TrackedJob[], signal: AbortSignal): Promise<readonly ExternalRef[]>;
  described(observations: readonly Observation[]): void;
  /** As it was last described. */
  last(id: string): Observation | undefined;
}

interface Followed {
  readonly seen: Observation;
  readonly at: number;
}

/**
 * Knows thousands of jobs by a handful of calls: the lists of their queues by status, and the details of only those that have
 * another status than they had. A job that no list holds has perhaps ended: it is described, never taken for gone.
 */
export function createJobFollower(calls: BatchCalls, clock: Clock, queueOf: (ref: ExternalRef) => string): JobFollower {
  const followed = new Map<string, Followed>();
  const notWorthUntil = new Map<string, number>();

  /** Status by id; undefined when listing takes more calls than describing all of them would. */
  const listed = async (
    queue: string,
    count: number,
    signal: AbortSignal,
  ): Promise<Map<string, string> | undefined> => {
    const now = clock.monotonicMs();
    if (now < (notWorthUntil.get(queue) ?? -Infinity)) return undefined;
    const byId = new Map<string, string>();
    let pages = 0;
    for await (const page of listLive(calls, queue, signal)) {
      for (const job of page) if (followed.has(job.id)) byId.set(job.id, job.status);
      pages += 1;
      if (pages <= Math.max(5, Math.ceil(count / 100))) continue;
      notWorthUntil.set(queue, now + NOT_WORTH_MS);
      return undefined;
    }
    return byId;
  };

  return {
    async changed(jobs, signal) {
      const ids = new Set(jobs.map(({ ref }) => ref.externalId));
      for (const id of followed.keys()) if (!ids.has(id)) followed.delete(id);
      if (jobs.length <= FEW) return jobs.map(({ ref }) => ref);
      const old = clock.monotonicMs() - READ_AGAIN_MS;
      const changed: ExternalRef[] = [];
      for (const [queue, group] of Map.groupBy(jobs, ({ ref }) => queueOf(ref))) {
        const statuses = group.length <= FEW ? undefined : await listed(queue, group.length, signal);
        const isSame = ({ ref, remoteStatus }: TrackedJob): boolean => {
          const at = followed.get(ref.externalId)?.at ?? -Infinity;
          return at > old && statuses?.get(ref.externalId) === remoteStatus;
        };
        changed.push(...group.filter((job) => !isSame(job)).map(({ ref }) => ref));
      }
      return changed;
    },
    described(observations) {
      // As far apart as jobs that are described together can be, they are read again.
      for (const seen of observations) {
        followed.set(seen.ref.externalId, { seen, at: clock.monotonicMs() + Math.random() * READ_AGAIN_MS });
      }
    },
    last: (id) => followed.get(id)?.seen,
  };
}
