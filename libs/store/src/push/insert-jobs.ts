import type { Queryable, Statement } from '../db.js';

/**
 * Writes down what is to be submitted, before anything is.
 *
 * Locks: the new rows. Index: unique keys. Idempotent: one job per (instance, attempt) and per external name; a second one
 * fails the transaction. Caller: claimJobs in the transaction of the claim.
 */
export const insertJobsStatement: Statement = {
  name: 'push_insert_jobs',
  text: `
insert into push_jobs (id, task_instance_id, attempt, destination, external_name, phase, spec, scope, spec_hash, flags, claimed_by_epoch)
overriding system value
select g.id, g.task_instance_id, g.attempt, $1, g.external_name, 'intent', g.spec::jsonb, g.scope::jsonb, g.spec_hash, g.flags, $2
  from unnest($3::bigint[], $4::bigint[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::text[], $10::integer[])
       g (id, task_instance_id, attempt, external_name, spec, scope, spec_hash, flags)`,
};

export interface NewPushJob {
  readonly id: string;
  readonly taskInstanceId: string;
  readonly attempt: number;
  readonly externalName: string;
  /** JSON text: what is submitted, references resolved. */
  readonly spec: string;
  /** JSON text: where it is submitted. */
  readonly scope: string;
  readonly specHash: string;
  readonly flags: number;
}

export async function insertJobs(
  q: Queryable,
  destination: string,
  epoch: string,
  jobs: readonly NewPushJob[],
): Promise<void> {
  await q.query(insertJobsStatement, [
    destination,
    epoch,
    jobs.map((job) => job.id),
    jobs.map((job) => job.taskInstanceId),
    jobs.map((job) => job.attempt),
    jobs.map((job) => job.externalName),
    jobs.map((job) => job.spec),
    jobs.map((job) => job.scope),
    jobs.map((job) => job.specHash),
    jobs.map((job) => job.flags),
  ]);
}
