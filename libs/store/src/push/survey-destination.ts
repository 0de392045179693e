import type { Queryable, Statement } from '../db.js';

/**
 * What there is to do at a destination: one look instead of a query per duty.
 *
 * Locks: none. Index: push_jobs_open, push_jobs_unsettled, primary key of task_queue for each of its lanes. Idempotent: reads only.
 * Caller: the holder, each second and when it is woken.
 */
export const surveyDestinationStatement: Statement = {
  name: 'push_survey',
  text: `
select clock_timestamp() as now, d.paused,
       case when d.sync_asked_at > coalesce(d.synced_at, '-infinity') then d.sync_asked_at end as sync_asked_at,
       greatest(d.max_in_flight - j.open, 0)::integer as room, j.*,
       array(select n.id from lanes n where n.destination = d.name) as lane_ids,
       (select count(*)::integer from push_jobs u where u.destination = d.name and u.settle_by is not null) as unsettled,
       exists (select from lanes n
                where n.destination = d.name and exists (select from task_queue q where q.lane_id = n.id)) as ready
  from push_destinations d
 cross join lateral (
   select count(*)::integer as open,
          count(*) filter (where phase in ('submitted', 'running', 'missing'))::integer as tracked,
          count(*) filter (where phase = 'submitting')::integer as submitting,
          min(next_action_at) filter (where phase = 'intent') as intent_at,
          min(next_action_at) filter (where phase = 'ambiguous') as ambiguous_at,
          min(next_action_at) filter (where phase in ('submitted', 'running', 'missing')
            and (cancel_requested_at is not null or failure_class is not null)) as stop_at,
          min(deadline_at) filter (where phase in ('submitted', 'running') and failure_class is null) as deadline_at
     from push_jobs where destination = d.name and phase not in ('done', 'lost_final')) j
 where d.name = $1`,
};

/** Moments are null where there is nothing to wait for. */
export interface DestinationSurvey {
  readonly now: Date;
  readonly paused: boolean;
  /** Somebody asked for a look at all jobs, and it is not done. */
  readonly sync_asked_at: Date | null;
  readonly room: number;
  readonly open: number;
  /** Jobs that exist at the destination, as far as is known. */
  readonly tracked: number;
  /** Jobs for which a call may be under way. */
  readonly submitting: number;
  readonly intent_at: Date | null;
  readonly ambiguous_at: Date | null;
  readonly stop_at: Date | null;
  readonly deadline_at: Date | null;
  /** Jobs whose end stands and of which the destination has not told yet. */
  readonly unsettled: number;
  readonly lane_ids: number[];
  readonly ready: boolean;
}

export async function surveyDestination(q: Queryable, name: string): Promise<DestinationSurvey | undefined> {
  return (await q.query<DestinationSurvey>(surveyDestinationStatement, [name]))[0];
}
