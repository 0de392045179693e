import type { Queryable, Statement } from '../db.js';

// Ids grow with the time of creation, but for instances made at the same moment by others; hence the minute on either side.
const boundText = (table: string): string => `
with recursive bound as (
  select x.at, x.name from (values ($1::timestamptz - interval '1 minute', 'from'),
                                   ($2::timestamptz + interval '1 minute', 'until')) as x (at, name)
   where x.at is not null
), search (name, at, low, high) as (
  select b.name, b.at, coalesce((select min(id) from ${table}), 1), coalesce((select max(id) from ${table}), 0) + 1
    from bound b
  union all
  select s.name, s.at, case when p.created_at < s.at then p.id + 1 else s.low end,
         case when p.created_at < s.at then s.high else (s.low + s.high) / 2 end
    from search s
   cross join lateral (
     select t.id, t.created_at from ${table} t where t.id >= (s.low + s.high) / 2 order by t.id limit 1) p
   where s.low < s.high
)
select max(low) filter (where name = 'from') as low, max(low) filter (where name = 'until') as high from search`;

/**
 * The ids between which all task instances lie that were created in a period, by bisection.
 *
 * Locks: none. Index: primary key, some twenty look-ups. Idempotent: reads only. Caller: lists with a period.
 */
export const taskIdRangeStatement: Statement = { name: 'instance_task_id_range', text: boundText('task_records') };

/**
 * The ids between which all workflow instances lie that were created in a period, by bisection.
 *
 * Locks: none. Index: primary key, some twenty look-ups. Idempotent: reads only. Caller: lists with a period.
 */
export const workflowIdRangeStatement: Statement = {
  name: 'instance_workflow_id_range',
  text: boundText('workflow_instances'),
};

export interface Period {
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
}

/** From `low` inclusive to `high` exclusive; null where the period is open. */
export interface IdRange {
  readonly low: string | null;
  readonly high: string | null;
}

export async function findIdRange(q: Queryable, kind: 'task' | 'workflow', period: Period): Promise<IdRange> {
  if (period.createdAfter === undefined && period.createdBefore === undefined) return { low: null, high: null };
  const statement = kind === 'task' ? taskIdRangeStatement : workflowIdRangeStatement;
  const values = [period.createdAfter ?? null, period.createdBefore ?? null];
  return (await q.query<IdRange>(statement, values))[0] ?? { low: null, high: null };
}
