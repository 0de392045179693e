import type { Queryable, Statement } from '../db.js';

/**
 * What is known of jobs that exist at a destination.
 *
 * Locks: none. Index: unique (destination, external_name). Idempotent: reads only. Caller: the sweep.
 */
export const findByNameStatement: Statement = {
  name: 'push_find_by_name',
  text: `
select external_name, phase in ('done', 'lost_final') and settle_by is null as closed,
       external_id, claim,
       coalesce(extract(epoch from clock_timestamp() - last_observed_at) * 1000, 0)::bigint::text as closed_ms
  from push_jobs where destination = $1 and external_name = any ($2::text[])`,
};

export interface NamedJob {
  readonly external_name: string;
  /** Nobody follows it any more. */
  readonly closed: boolean;
  readonly external_id: string | null;
  readonly claim: string | null;
  /** Milliseconds since it was last seen, which for a closed one is its end. */
  readonly closed_ms: string;
}

export function findJobsByName(q: Queryable, destination: string, names: readonly string[]): Promise<NamedJob[]> {
  return q.query<NamedJob>(findByNameStatement, [destination, names]);
}
