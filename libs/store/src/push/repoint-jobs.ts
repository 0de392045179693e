import type { Queryable, Statement } from '../db.js';

/**
 * Follows another external job from now on: the one whose container holds the claim.
 *
 * Locks: the rows. Index: primary keys. Idempotent: guarded by the id that was followed and by the claim. Caller: repointJobs under
 * its fence.
 */
export const repointJobsStatement: Statement = {
  name: 'push_repoint',
  text: `
with given as (
  select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $6::text[]) g (id, from_id, to_id, claim, link)
), moved as (
  update push_jobs j set external_id = g.to_id, link = g.link, miss_count = 0, ambiguous_since = null
    from given g
   where j.id = g.id and j.external_id = g.from_id and j.claim = g.claim and j.phase not in ('done', 'lost_final')
  returning j.task_instance_id, j.attempt, j.destination, g.from_id, g.to_id
), event as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor, detail)
  select m.task_instance_id, r.workflow_instance_id, 'repointed', $5,
         jsonb_build_object('attempt', m.attempt, 'destination', m.destination, 'from', m.from_id, 'to', m.to_id)
    from moved m join task_records r on r.id = m.task_instance_id
)
select from_id from moved`,
};

export interface Repointing {
  readonly id: string;
  readonly fromId: string;
  readonly toId: string;
  readonly claim: string;
  readonly link?: string | undefined;
}

export async function repointJobRows(q: Queryable, moves: readonly Repointing[], actor: string): Promise<number> {
  const moved = await q.query(repointJobsStatement, [
    moves.map((move) => move.id),
    moves.map((move) => move.fromId),
    moves.map((move) => move.toId),
    moves.map((move) => move.claim),
    actor,
    moves.map((move) => move.link ?? null),
  ]);
  return moved.length;
}
