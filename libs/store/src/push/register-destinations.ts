import type { Queryable, Statement } from '../db.js';

/**
 * Makes configured destinations known; an instance that names another one waits for it.
 *
 * Locks: the rows. Index: primary key. Idempotent: a row that is there gets the present configuration and keeps its lease.
 * Caller: the pusher at its start and when its file has
 * changed.
 */
export const registerDestinationsStatement: Statement = {
  name: 'push_register_destinations',
  text: `
insert into push_destinations (name, kind, config_hash, max_in_flight, paused)
select * from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::boolean[])
              g (name, kind, config_hash, max_in_flight, paused)
 order by name
    on conflict (name) do update
   set kind = excluded.kind, config_hash = excluded.config_hash, max_in_flight = excluded.max_in_flight,
       paused = excluded.paused, removed_at = null, config_fault = null`,
};

export interface DestinationRow {
  readonly name: string;
  readonly kind: string;
  readonly configHash: string;
  /** Jobs that may be open at once. */
  readonly maxInFlight: number;
  /** Nothing new is submitted. */
  readonly paused: boolean;
}

export async function registerDestinations(q: Queryable, rows: readonly DestinationRow[]): Promise<void> {
  await q.query(registerDestinationsStatement, [
    rows.map((row) => row.name),
    rows.map((row) => row.kind),
    rows.map((row) => row.configHash),
    rows.map((row) => row.maxInFlight),
    rows.map((row) => row.paused),
  ]);
}
