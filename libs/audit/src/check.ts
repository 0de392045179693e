/** An invariant of docs/guarantees.md. */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10';

/** One way in which an invariant can be broken, as a query whose every row is a violation. */
export interface Check {
  readonly invariant: Invariant;
  /** kebab-case; unique. */
  readonly name: string;
  /** What is true while the query gives no row. */
  readonly holds: string;
  /** For whoever is called at night: what has happened when it gives rows, and where to look. */
  readonly means: string;
  /** Without parameters; reads the public schema alone. */
  readonly sql: string;
}

/** The words of statuses as they are stored, in SQL. */
export const ENDED_TASK = `('success', 'failed', 'cancelled', 'dequeued', 'skipped')`;
export const ENDED_WORKFLOW = `('success', 'failed', 'cancelled', 'dequeued')`;
export const OPEN_JOB = `phase not in ('done', 'lost_final')`;

/** How often each task instance has ended (`ends`) and was run again (`redrives`), by its history alone. */
export const TASK_ENDS = `
  ends as (
    select id, count(*) as ends
      from (select task_instance_id as id from task_attempts where next_status in ${ENDED_TASK}
            union all
            select task_instance_id from task_events
             where task_instance_id is not null and type in ${ENDED_TASK}) e
     group by id
  ), redrives as (
    select task_instance_id as id, count(*) as redrives
      from task_events where type = 'redriven' and task_instance_id is not null group by task_instance_id
  )`;
