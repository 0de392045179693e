import type { Db, Statement } from '@taskflow/store';
import type { Violation } from './audit.js';

/** A job as its destination lists it. */
export interface ExternalJob {
  /** By which push_jobs knows it. */
  readonly externalName: string;
  /** It waits or runs there. What has ended and is still listed is no harm. */
  readonly alive: boolean;
}

/** A destination that can be asked, by whoever reaches it: I8 is then proven outside too. */
export interface ExternalJobs {
  /** Its name in push_destinations. */
  readonly destination: string;
  /** Every job of this deployment that it knows. */
  list(): Promise<readonly ExternalJob[]>;
}

const HOLDS = 'every job that lives at a destination is the only one of its name, and of an attempt that has not ended';
const MEANS =
  'A job runs outside that no attempt waits for (phase null: that none ever knew): end it there by its name, it only costs.';

/** Closed before the destination was asked ($3): what ends meanwhile may be listed as alive still. */
const unwanted: Statement = {
  name: '',
  text: `
select l.name as external_name, count(*) as alive, j.task_instance_id as id, j.attempt, j.phase, j.last_observed_at
  from unnest($2::text[]) l (name)
  left join push_jobs j on j.destination = $1 and j.external_name = l.name
 group by l.name, j.id
having count(*) > 1 or j.id is null or (j.phase in ('done', 'lost_final') and j.last_observed_at < $3)`,
};

/** Compares what a destination says with the jobs that are stored. An intent is stored before its submit, so none is unknown. */
export async function checkExternalJobs(db: Db, asked: ExternalJobs, most: number): Promise<Violation[]> {
  const [began] = await db.query<{ at: Date }>({ name: '', text: 'select clock_timestamp() as at' });
  const alive = (await asked.list()).filter((job) => job.alive).map((job) => job.externalName);
  const rows = await db.query<Record<string, unknown>>(unwanted, [asked.destination, alive, began?.at]);
  if (rows.length === 0) return [];
  const shown = rows.slice(0, most).map((row) => ({ destination: asked.destination, ...row }));
  const named = { invariant: 'I8', check: 'external-job-is-wanted', holds: HOLDS, means: MEANS } as const;
  return [{ ...named, count: rows.length, rows: shown }];
}
