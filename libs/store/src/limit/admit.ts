import type { Queryable, Statement } from '../db.js';

/**
 * Lets blocked instances into the queue, with a place in each of their limits; the others of the input wait from now on for
 * the limit that holds them up.
 *
 * Locks: the blocked rows and the places; callers hold the limits' locks. Index: primary keys. Idempotent: an instance that is
 * no longer blocked (cancelled meanwhile) gets neither places nor a row in the queue; a place that is taken twice fails the
 * whole statement. Caller: admitBlocked.
 */
export const admitStatement: Statement = {
  name: 'limit_admit',
  text: `
with admitted as (
  delete from task_blocked where id = any ($1::bigint[]) returning id, rank
), places as (
  insert into limit_slots (limit_key, slot_no, id)
  select p.limit_key, p.slot_no, p.id
    from unnest($2::text[], $3::integer[], $4::bigint[]) p (limit_key, slot_no, id)
   where p.id in (select id from admitted)
), waits as (
  update task_blocked b set limit_key = w.limit_key
    from unnest($5::bigint[], $6::text[]) w (id, limit_key) where b.id = w.id and b.limit_key <> w.limit_key
)
insert into task_queue (lane_id, rank, id, attempt, flags)
select r.lane_id, a.rank, a.id, r.attempt, r.flags from admitted a join task_records r on r.id = a.id
returning lane_id`,
};

export interface AdmitInput {
  readonly ids: readonly string[];
  readonly places: readonly { readonly key: string; readonly slotNo: number; readonly id: string }[];
  readonly waits: readonly { readonly id: string; readonly key: string }[];
}

export function admit(q: Queryable, input: AdmitInput): Promise<{ lane_id: number }[]> {
  const { ids, places, waits } = input;
  return q.query(admitStatement, [
    ids,
    places.map((place) => place.key),
    places.map((place) => place.slotNo),
    places.map((place) => place.id),
    waits.map((wait) => wait.id),
    waits.map((wait) => wait.key),
  ]);
}
