import type { Queryable, Statement } from '../db.js';

/**
 * Destinations with what is there and what waits for them, by name.
 *
 * Locks: none. Index: primary key, push_jobs_open, primary key of task_queue for each of their lanes. Idempotent: reads only.
 * Caller: the api.
 */
export const listDestinationsStatement: Statement = {
  name: 'push_list_destinations',
  text: `
select d.name, d.kind, d.paused, d.max_in_flight, d.removed_at, d.config_fault,
       coalesce(d.lease_until > now(), false) as held, d.lease_owner as holder,
       coalesce(d.state ->> 'breaker' = 'open', false) as broken, d.breaker_since, d.breaker_until, d.last_ok_at, d.last_error,
       d.last_error_at, d.sync_asked_at, d.synced_at, d.sync_found, j.in_flight, w.waiting
  from push_destinations d
 cross join lateral (
   select count(*)::integer as in_flight
     from push_jobs where destination = d.name and phase not in ('done', 'lost_final')) j
 cross join lateral (
   select count(*)::integer as waiting
     from lanes n join task_queue q on q.lane_id = n.id where n.destination = d.name) w
 where $1::text is null or d.name = $1
 order by d.name`,
};

export interface DestinationListRow {
  readonly name: string;
  readonly kind: string;
  readonly paused: boolean;
  readonly max_in_flight: number;
  readonly removed_at: Date | null;
  readonly config_fault: string | null;
  /** A pusher does its work now. */
  readonly held: boolean;
  /** Who did it last. */
  readonly holder: string | null;
  readonly broken: boolean;
  readonly breaker_since: Date | null;
  readonly breaker_until: Date | null;
  readonly last_ok_at: Date | null;
  readonly last_error: string | null;
  readonly last_error_at: Date | null;
  readonly sync_asked_at: Date | null;
  readonly synced_at: Date | null;
  readonly sync_found: unknown;
  readonly in_flight: number;
  readonly waiting: number;
}

/** Of all, or of the one with this name. */
export function listDestinations(q: Queryable, name?: string): Promise<DestinationListRow[]> {
  return q.query<DestinationListRow>(listDestinationsStatement, [name ?? null]);
}
