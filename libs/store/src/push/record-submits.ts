import type { Queryable, Statement } from '../db.js';

/**
 * Writes what became of submits, or of doubtful ones that were looked for.
 *
 * Locks: the rows. Index: primary key. Idempotent: guarded by the phase from which each comes; a job that has ended meanwhile
 * is left alone, but for the id of one that has told its own end. Caller: recordSubmits, recordProbes under their fence.
 */
export const recordSubmitsStatement: Statement = {
  name: 'push_record_submits',
  text: `
with given as (
  select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $9::text[])
    g (id, phase, external_id, scope, delay_ms, message, link)
), recorded as (
  update push_jobs j
     set phase = g.phase, external_id = coalesce(g.external_id, j.external_id), scope = coalesce(g.scope::jsonb, j.scope),
         link = coalesce(g.link, j.link),
         reason = g.message, next_action_at = clock_timestamp() + g.delay_ms * interval '1 millisecond',
         submitted_at = case when g.phase = 'submitted' then coalesce(j.submitted_at, clock_timestamp()) else j.submitted_at end,
         ambiguous_since = case when g.phase = 'ambiguous' then coalesce(j.ambiguous_since, clock_timestamp()) end,
         miss_count = case when g.phase = 'ambiguous' and j.phase = 'ambiguous' then j.miss_count + 1 else 0 end,
         deadline_at = case when g.phase = 'submitted' then clock_timestamp() + $7 * interval '1 millisecond' end
    from given g
   where j.id = g.id and j.phase in ('submitting', 'ambiguous')
  returning j.id, j.task_instance_id, j.attempt, j.phase, j.external_name, j.external_id, j.destination
), late as (
  update push_jobs j set external_id = g.external_id, scope = coalesce(g.scope::jsonb, j.scope)
    from given g
   where j.id = g.id and j.phase = 'done' and j.external_id is null and g.external_id is not null
), event as (
  insert into task_events (task_instance_id, workflow_instance_id, type, actor, detail)
  select o.task_instance_id, r.workflow_instance_id, 'pushed', $8,
         jsonb_build_object('attempt', o.attempt, 'destination', o.destination, 'name', o.external_name, 'id', o.external_id)
    from recorded o join task_records r on r.id = o.task_instance_id
   where o.phase = 'submitted'
)
select id from recorded`,
};

export interface SubmitRow {
  readonly id: string;
  readonly phase: 'intent' | 'submitted' | 'ambiguous';
  readonly externalId?: string | undefined;
  /** JSON text. */
  readonly scope?: string | undefined;
  readonly link?: string | undefined;
  /** Milliseconds until it is to be looked at again. */
  readonly delayMs: number;
  readonly message?: string | undefined;
}

/** Ids of those that were recorded. */
export async function recordSubmits(
  q: Queryable,
  rows: readonly SubmitRow[],
  context: { readonly actor: string; readonly startTimeoutMs?: number | undefined },
): Promise<Set<string>> {
  const recorded = await q.query<{ id: string }>(recordSubmitsStatement, [
    rows.map((row) => row.id),
    rows.map((row) => row.phase),
    rows.map((row) => row.externalId ?? null),
    rows.map((row) => row.scope ?? null),
    rows.map((row) => row.delayMs),
    rows.map((row) => row.message ?? null),
    context.startTimeoutMs ?? null,
    context.actor,
    rows.map((row) => row.link ?? null),
  ]);
  return new Set(recorded.map((row) => row.id));
}
