import type { Queryable, Statement } from '../db.js';

/**
 * Stores log lines of attempts that are leased or have ended under the same lease; lines of others are dropped.
 *
 * Locks: none but the new rows'. Index: primary keys of task_leases, task_attempts and task_logs. Idempotent: a line that is
 * there is left as it is. Caller: appendLogs.
 */
export const appendLinesStatement: Statement = {
  name: 'log_append',
  text: `
with given as (
  select * from unnest($1::bigint[], $2::integer[], $3::bigint[]) with ordinality g (id, attempt, lease_id, ord)
), valid as materialized (
  select g.id, g.attempt, g.ord
    from given g
   cross join lateral (
     select from task_leases l where l.id = g.id and l.attempt = g.attempt and l.lease_id = g.lease_id offset 0) l
  union all
  select g.id, g.attempt, g.ord
    from given g
    join task_attempts a on a.task_instance_id = g.id and a.attempt = g.attempt and a.lease_id = g.lease_id
), stored as (
  insert into task_logs (task_instance_id, attempt, seq, stream, at, line)
  select v.id, v.attempt, n.seq, n.stream, n.at, n.line
    from unnest($4::integer[], $5::bigint[], $6::text[], $7::timestamptz[], $8::text[]) n (ord, seq, stream, at, line)
    join valid v on v.ord = n.ord
  on conflict do nothing
)
select ord::integer as ord from valid`,
};

export interface AppendInput {
  readonly leases: readonly { readonly id: string; readonly attempt: number; readonly leaseId: string }[];
  readonly lines: readonly {
    /** Position of its lease in `leases`, from 1. */
    readonly ord: number;
    readonly seq: string;
    readonly stream: string;
    readonly at: Date;
    readonly line: string;
  }[];
}

/** Positions, from 1, of the leases whose lines are stored. */
export async function appendLines(q: Queryable, { leases, lines }: AppendInput): Promise<number[]> {
  const rows = await q.query<{ ord: number }>(appendLinesStatement, [
    leases.map((lease) => lease.id),
    leases.map((lease) => lease.attempt),
    leases.map((lease) => lease.leaseId),
    lines.map((line) => line.ord),
    lines.map((line) => line.seq),
    lines.map((line) => line.stream),
    lines.map((line) => line.at),
    lines.map((line) => line.line),
  ]);
  return rows.map((row) => row.ord);
}
