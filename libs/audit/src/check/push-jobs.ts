import { OPEN_JOB, type Check } from '../check.js';

export const pushJobs: readonly Check[] = [
  {
    invariant: 'I8',
    name: 'no-job-after-the-end',
    holds: 'no push job is open for an instance that has ended',
    means: 'A job may go on outside, and cost, for an instance that is over. Look for its external name there.',
    sql: `
      select j.id, j.task_instance_id, j.attempt, j.destination, j.external_name, j.external_id, j.phase, r.status, r.finished_at
        from push_jobs j join task_records r on r.id = j.task_instance_id
       where j.${OPEN_JOB} and r.finished_at is not null`,
  },
  {
    invariant: 'I8',
    name: 'one-open-job-per-instance',
    holds: 'an instance has at most one open push job, that of its current attempt, and is then pushed or running',
    means: 'Two jobs of one instance may run outside at once, or one runs that no attempt knows.',
    sql: `
      select j.task_instance_id as id, count(*) as open, max(j.attempt) as last_job, r.attempt, r.status,
             array_agg(j.external_name) as external_names
        from push_jobs j join task_records r on r.id = j.task_instance_id
       where j.${OPEN_JOB} and r.finished_at is null
       group by j.task_instance_id, r.attempt, r.status
      having count(*) > 1 or max(j.attempt) <> r.attempt or r.status not in ('pushed', 'running')`,
  },
  {
    invariant: 'I8',
    name: 'pushed-attempts-are-jobs',
    holds: 'the ended jobs of an instance are exactly its attempts at destinations that have ended',
    means: 'A job ran outside that is no attempt, or an attempt is told of that never was a job.',
    sql: `
      with jobs as (
        select task_instance_id as id, attempt, destination, external_name from push_jobs where not (${OPEN_JOB})
      ), pushed as (
        select task_instance_id as id, attempt, worker from task_attempts where worker like 'push:%'
      )
      select coalesce(j.id, a.id) as id, coalesce(j.attempt, a.attempt) as attempt, j.destination, j.external_name,
             j.id is not null as job, a.id is not null as is_attempt, a.worker
        from jobs j full join pushed a on a.id = j.id and a.attempt = j.attempt
       where j.id is null or a.worker is distinct from 'push:' || j.destination`,
  },
  {
    invariant: 'I8',
    name: 'one-external-job-per-attempt',
    holds: 'no two push jobs stand for one job outside',
    means: 'Two attempts are taken for one job: the end of one was, or will be, taken for the end of the other.',
    sql: `
      select destination, external_id, count(*) as jobs, array_agg(external_name) as external_names
        from push_jobs where external_id is not null and scope is not null
       group by destination, scope, external_id having count(*) > 1
      union all
      select destination, external_name, count(*), array_agg(external_name)
        from push_jobs group by destination, external_name having count(*) > 1`,
  },
  {
    invariant: 'I8',
    name: 'one-container-per-claim',
    holds: 'a job is claimed after it was sent, and by a container that claims no other job',
    means: 'The fence did not hold: what a container ran is not the attempt that it was started for.',
    sql: `
      select id, task_instance_id, attempt, destination, external_name, claim from push_jobs
       where claim is not null and (submit_tries = 0 or claimed_at is null or claimed_at < created_at)
      union all
      select min(id), min(task_instance_id), min(attempt), min(destination), min(external_name), claim
        from push_jobs where claim is not null group by claim having count(*) > 1`,
  },
  {
    invariant: 'I8',
    name: 'pushed-or-pulled-by-its-lane',
    holds: 'what has a destination is never leased to a worker, and what has none never becomes a job',
    means: 'A worker of this deployment runs what was meant for a destination, or the reverse.',
    sql: `
      select l.id, 'leased' as how, n.task_name, n.destination from task_leases l join lanes n on n.id = l.lane_id
       where n.destination is not null
      union all
      select j.task_instance_id, 'job of ' || j.destination, n.task_name, n.destination
        from push_jobs j
        join task_records r on r.id = j.task_instance_id
        join lanes n on n.id = r.lane_id
       where j.${OPEN_JOB} and n.destination is distinct from j.destination`,
  },
];
