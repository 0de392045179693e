import type { Queryable, Statement } from '../db.js';

/**
 * Who is next in line of each limit: as many as it has free places by the maximum of the first in line, at most `most`.
 * For the limit of a Task (`task:NAME`) the maximum is the one that its definition says now.
 *
 * Locks: none. Index: task_blocked_by_key, primary keys of limit_slots, task_records and tasks. Idempotent: reads only.
 * Caller: admitBlocked, once to learn which limits to lock and again under the locks.
 */
export const findBlockedStatement: Statement = {
  name: 'limit_find_blocked',
  text: `
select b.id, b.rank, r.limit_keys,
       array(select case when x.key like 'task:%' then coalesce(t.concurrency, x.max) else x.max end
               from unnest(r.limit_keys, r.limit_maxima) with ordinality x (key, max, ord)
               left join tasks t on t.name = substr(x.key, 6) and x.key like 'task:%'
              order by x.ord) as limit_maxima
  from unnest($1::text[]) k (key)
 cross join lateral (
   select coalesce(case when k.key like 'task:%' then (select t.concurrency from tasks t where t.name = substr(k.key, 6)) end,
                   r.limit_maxima[array_position(r.limit_keys, k.key)]) as max
     from (select id from task_blocked where limit_key = k.key order by rank, id limit 1) f
     join task_records r on r.id = f.id) head
 cross join lateral (
   select id, rank from task_blocked where limit_key = k.key
    order by rank, id
    limit greatest(0, least($2, head.max - (select count(*) from limit_slots s where s.limit_key = k.key)))) b
  join task_records r on r.id = b.id
 order by b.rank, b.id`,
};

export interface BlockedRow {
  readonly id: string;
  readonly rank: string;
  readonly limit_keys: string[];
  readonly limit_maxima: number[];
}

export function findBlocked(q: Queryable, keys: readonly string[], most: number): Promise<BlockedRow[]> {
  return q.query<BlockedRow>(findBlockedStatement, [keys, most]);
}
