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
  /** It lists every job that it ever started, each time that it did: every attempt has one then, ended ones too. */
  readonly everything?: boolean | undefined;
  /** Every job of this deployment that it knows. What was submitted and has ended may be missing, unless it lists everything. */
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

const EACH_HOLDS = 'a destination has started one job for each push attempt that ran, and no other';
const EACH_MEANS =
  'jobs: how often a job of this name was started there. More than one: the attempt ran twice; none: it ended well and never ran; phase null: no attempt ever had it.';

/** An attempt that ended well has run; others may have ended before there was a job. */
const uneven: Statement = {
  name: '',
  text: `
with listed as (
  select name, count(*) as jobs from unnest($2::text[]) l (name) group by name
), stored as (
  select j.*, a.outcome from push_jobs j
    left join task_attempts a on a.task_instance_id = j.task_instance_id and a.attempt = j.attempt
   where j.destination = $1
)
select coalesce(l.name, s.external_name) as external_name, coalesce(l.jobs, 0) as jobs, s.task_instance_id as id, s.attempt, s.phase,
       s.outcome
  from listed l full join stored s on s.external_name = l.name
 where l.jobs > 1 or s.id is null or (l.jobs is null and s.outcome = 'success')
 order by 1`,
};

/** Compares what a destination says with the jobs that are stored. An intent is stored before its submit, so none is unknown. */
export async function checkExternalJobs(db: Db, asked: ExternalJobs, most: number): Promise<Violation[]> {
  const { destination, everything = false } = asked;
  const [began] = await db.query<{ at: Date }>({ name: '', text: 'select clock_timestamp() as at' });
  const listed = await asked.list();
  const alive = listed.filter((job) => job.alive).map((job) => job.externalName);
  const all = listed.map((job) => job.externalName);
  const violation = (check: string, holds: string, means: string, rows: readonly Record<string, unknown>[]) => {
    const shown = rows.slice(0, most).map((row) => ({ destination, ...row }));
    return rows.length === 0
      ? []
      : [{ invariant: 'I8', check, holds, means, count: rows.length, rows: shown } as const];
  };
  const wanted = await db.query<Record<string, unknown>>(unwanted, [destination, alive, began?.at]);
  const even = everything ? await db.query<Record<string, unknown>>(uneven, [destination, all]) : [];
  return [
    ...violation('external-job-is-wanted', HOLDS, MEANS, wanted),
    ...violation('each-attempt-has-one-external-job', EACH_HOLDS, EACH_MEANS, even),
  ];
}
