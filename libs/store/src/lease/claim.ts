import { numbersLiteral } from '../columns.js';
import type { Queryable, Statement } from '../db.js';

/**
 * Moves ready instances of these lanes into leases, best rank first, one for each wanted place in turn.
 *
 * Locks: the sessions FOR KEY SHARE, so that a session cannot be closed under the claim (closing takes FOR UPDATE; a closed
 * or expired one gets nothing); the taken rows of task_queue, skipping what another claim holds. A first look without locks
 * shares the places out among several lanes. Index: primary keys of worker_sessions, task_queue and task_records,
 * task_leases_by_session. Idempotent: no; when the answer is lost, find-claimed tells by claim_id what it took.
 * What a session holds is counted (`held`) only for instances with a timeout, newest first: beyond are the dead rows of those
 * that have ended. An instance whose expiry has passed before its first start is moved to the delayed, where the scheduler ends it.
 * Where all sessions are open, which is nearly always, the wanted places are taken as given and not looked up one by one.
 * With a floor the look begins at that place: what lies before it may be rows that have been taken and cannot be vacuumed while
 * somebody's old snapshot lives. Caller: leaseTasks. Queue rows are never updated, so deleting them by ctid is safe.
 */
export const claimStatement: Statement = {
  name: 'lease_claim',
  text: `
with seat as materialized (
  select s.id, s.slots
    from worker_sessions s
   where s.id = any ((select $7::bigint[])::bigint[]) and s.closed_at is null and s.draining_at is null
     and s.lease_until > clock_timestamp()
     for key share
), held as materialized (
  select s.id, s.slots - (select count(*) from (
           select from task_leases l where l.session_id = s.id order by l.session_id desc, l.lease_id desc limit s.slots) x) as free
    from seat s
), want as materialized (
  select c.sessions, c.nth, cardinality(c.sessions) as n
    from (select case when e.whole then $2::bigint[] else array(
                   select u.id from unnest($2::bigint[]) with ordinality u (id, ord) join seat on seat.id = u.id order by u.ord)
                 end as sessions,
                 case when e.whole then $8::integer[] else array(
                   select u.nth from unnest($2::bigint[], $8::integer[]) with ordinality u (id, nth, ord)
                     join seat on seat.id = u.id order by u.ord)
                 end as nth
            from (select (select count(*) from seat) = cardinality($7::bigint[]) as whole) e) c
), share as materialized (
  select l.lane_id, w.n from unnest((select $1::integer[])) l (lane_id) cross join want w where cardinality($1) = 1
   union all
  select f.lane_id, count(*)
    from (select q.lane_id
            from unnest((select $1::integer[])) l (lane_id)
           cross join lateral (
             select q.lane_id, q.rank, q.id from task_queue q
              where q.lane_id = l.lane_id and (q.rank, q.id) >= ($5::bigint, $6::bigint) order by q.rank, q.id limit (select n from want)) q
           where cardinality($1) > 1
           order by q.rank, q.id limit (select n from want)) f
   group by f.lane_id
), taken as (
  delete from task_queue where ctid = any (array(
    select p.ctid from share s cross join lateral (
      select q.ctid from task_queue q
       where q.lane_id = s.lane_id and (q.rank, q.id) >= ($5::bigint, $6::bigint) order by q.rank, q.id limit s.n for update skip locked) p))
  returning id, lane_id, rank, attempt, flags
), ready as materialized (
  select x.*, nextval('lease_ids') as lease_id
    from (select t.id, t.lane_id, t.rank, t.attempt + 1 as attempt, t.flags, r.task_name, r.version_id, r.workflow_instance_id,
                 r.node_key, r.params, r.timeout_ms, r.failures, r.trace_parent, r.trace_state, r.scheduled_for, r.priority,
                 row_number() over (order by t.rank, t.id) as rn,
                 t.attempt = 0 and coalesce(r.expires_at <= clock_timestamp(), false) as late
            from taken t join task_records r on r.id = t.id
           order by t.rank, t.id) x
), late as (
  insert into task_delayed (id, due_at) select id, clock_timestamp() from ready where late
), leased as (
  insert into task_leases (id, attempt, lease_id, session_id, claim_id, lane_id, flags, deadline_at)
  select y.id, y.attempt, y.lease_id, w.sessions[y.rn], $3, y.lane_id,
         case when y.timeout_ms is not null and w.nth[y.rn] > (select h.free from held h where h.id = w.sessions[y.rn])
              then y.flags | $4 else y.flags end,
         clock_timestamp() + y.timeout_ms * interval '1 millisecond'
    from ready y cross join want w
   where not y.late
)
select y.id, y.attempt, y.lease_id, w.sessions[y.rn] as session_id,
       case when cardinality($1) = 1 then (select n.handler from lanes n where n.id = $1[1])
            else (select n.handler from lanes n where n.id = y.lane_id) end as handler, y.task_name, y.version_id,
       y.workflow_instance_id, y.node_key, i.workflow_name, i.version_id as workflow_version_id, y.params::text as params,
       y.timeout_ms, y.failures, y.trace_parent, y.trace_state, y.scheduled_for, y.priority, y.rank
  from ready y
 cross join want w
  left join workflow_instances i on i.id = y.workflow_instance_id
 where not y.late`,
};

export interface ClaimInput {
  readonly laneIds: readonly number[];
  /** One entry for each lease that is wanted; a session stands as often as it wants leases. */
  readonly sessionIds: readonly string[];
  /** Random, decimal string. */
  readonly claimId: string;
  /** Flag of leases that the worker holds ahead of its slots. */
  readonly aheadFlag: number;
  /** Nothing before it is looked at; FROM_THE_START looks at everything. */
  readonly floor: QueuePlace;
}

/** Where a row of the queue stands in its lane. */
export interface QueuePlace {
  /** Decimal string. */
  readonly rank: string;
  readonly id: string;
}

export const FROM_THE_START: QueuePlace = { rank: '-9223372036854775808', id: '0' };

export interface ClaimedTask {
  readonly id: string;
  readonly attempt: number;
  readonly lease_id: string;
  readonly session_id: string;
  readonly handler: string;
  readonly task_name: string;
  readonly version_id: string;
  readonly workflow_instance_id: string | null;
  readonly node_key: string | null;
  readonly workflow_name: string | null;
  readonly workflow_version_id: string | null;
  /** JSON text of an object. */
  readonly params: string;
  readonly timeout_ms: string | null;
  readonly failures: number;
  readonly trace_parent: string | null;
  readonly trace_state: string | null;
  readonly scheduled_for: Date | null;
  readonly priority: string;
  /** Decimal string. */
  readonly rank: string;
}

export function claim(q: Queryable, input: ClaimInput): Promise<ClaimedTask[]> {
  const { laneIds, sessionIds, claimId, aheadFlag, floor } = input;
  const given = new Map<string, number>();
  const nth = sessionIds.map((id) => {
    const count = (given.get(id) ?? 0) + 1;
    given.set(id, count);
    return count;
  });
  const [places, sessions, turns] = [sessionIds, [...given.keys()], nth].map(numbersLiteral);
  return q.query<ClaimedTask>(claimStatement, [
    laneIds,
    places,
    claimId,
    aheadFlag,
    floor.rank,
    floor.id,
    sessions,
    turns,
  ]);
}
