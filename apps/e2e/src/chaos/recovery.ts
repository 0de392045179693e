import type { Db } from '@taskflow/store';
import type { Inflicted } from './inflict.js';

/** A fault and what came after it. */
export interface Recovered extends Inflicted {
  /**
   * From its beginning until something that was submitted after that had ended well: the whole way works again. Milliseconds;
   * undefined when nothing was submitted any more.
   */
  readonly recoveryMs: number | undefined;
  /** Attempts that its victim had, or was given while it was believed to be well, and lost. */
  readonly lost: number;
  /** From its beginning until the last of those was leased again. */
  readonly leasedAgainMs: number | undefined;
}

const ENDS = `
  select created_at as begun, finished_at as ended from task_records
   where status = 'success' and workflow_instance_id is null and attempt = 1 order by created_at`;

const LOST = `
  select a.worker, a.leased_at as leased, a.ended_at as ended, n.leased_at as again
    from task_attempts a
    left join task_attempts n on n.task_instance_id = a.task_instance_id and n.attempt = a.attempt + 1
   where a.outcome = 'lost'`;

export async function recoveries(db: Db, faults: readonly Inflicted[], leaseMs: number): Promise<Recovered[]> {
  const ends = await db.query<{ begun: Date; ended: Date }>({ name: '', text: ENDS });
  const losses = await db.query<{ worker: string; leased: Date; ended: Date; again: Date | null }>({
    name: '',
    text: LOST,
  });
  return faults.map((fault) => {
    const after = ends.filter(({ begun }) => begun > fault.began).map(({ ended }) => ended.getTime());
    const worker = fault.victim.replace(/>.*/, '');
    // A worker that is silent is believed, and given work, until its lease has run out.
    const over = new Date(fault.began.getTime() + Math.max(fault.lastsMs, leaseMs));
    const lost = losses.filter((loss) => loss.worker === worker && loss.leased < over && loss.ended > fault.began);
    const again = lost.flatMap((loss) => loss.again?.getTime() ?? []);
    const since = (times: readonly number[], pick: (...values: number[]) => number): number | undefined =>
      times.length === 0 ? undefined : pick(...times) - fault.began.getTime();
    return { ...fault, recoveryMs: since(after, Math.min), lost: lost.length, leasedAgainMs: since(again, Math.max) };
  });
}
