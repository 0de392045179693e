import type { Queryable, Statement } from '../db.js';

/**
 * A whole submission in one statement: instances of one Task that differ in nothing but their params and may run at once, with
 * the request that they answer. Nothing is made, and the answer is empty, when the Task is no longer what the caller thinks
 * that it is, or the request was answered within a day.
 *
 * Locks: those of the new rows; waits for a transaction that is answering the same request. Index: primary keys.
 * Idempotent: by the request id, where there is one. Caller: submit.
 */
export const submitTasksStatement: Statement = {
  name: 'submission_submit_tasks',
  text: `
with ${insertionParts()}, queued as (
  insert into task_queue (lane_id, rank, id, attempt)
  select $5::integer, floor(extract(epoch from created_at) * 1000)::bigint + $8::bigint, id, 0 from made
)
select id, null as lease_id, null as handler from made order by id`,
};

/**
 * As submitTasksStatement, of one instance for which a worker waits: it is leased to the session $14 at once, as a claim would
 * have done with what is in the queue, or queued when that session is over, drains or is being closed.
 *
 * Locks: also the session FOR KEY SHARE, as a claim; one that is being closed is not waited for. Index: also the primary key
 * of worker_sessions. Idempotent: by the request id; when the answer is lost, find-claimed tells by claim_id what it took.
 * Caller: submit, with a Task without a timeout.
 */
export const submitLeasedStatement: Statement = {
  name: 'submission_submit_leased',
  text: `
with ${insertionParts()}, seat as materialized (
  select s.id from worker_sessions s
   where s.id = $14::bigint and s.closed_at is null and s.draining_at is null and s.lease_until > clock_timestamp()
     for key share skip locked
), leased as (
  insert into task_leases (id, attempt, lease_id, session_id, claim_id, lane_id, flags)
  select m.id, 1, nextval('lease_ids'), s.id, $15::bigint, $5::integer, 0 from made m cross join seat s
  returning id, lease_id
), queued as (
  insert into task_queue (lane_id, rank, id, attempt)
  select $5::integer, floor(extract(epoch from created_at) * 1000)::bigint + $8::bigint, id, 0
    from made where not exists (select from leased)
)
select m.id, l.lease_id, (select handler from lanes where id = $5::integer) as handler from made m left join leased l on true`,
};

function insertionParts(): string {
  return `target as materialized (
  select from tasks where name = $3 and version_id = $4::bigint and lane_id = $5::integer and default_priority = $6
), input as materialized (
  select nextval('task_records_id_seq') as id, u.ord, u.params
    from target cross join unnest((select $13::text[])) with ordinality u (params, ord)
), ${requestParts()}, made as (
  insert into task_records (
         id, task_name, version_id, lane_id, status, priority, params, run_at, timeout_ms, trace_parent, trace_state,
         submitted_by, created_at)
  overriding system value
  select id, $3, $4::bigint, $5::integer, 'queued', $7, coalesce(params, '{}')::jsonb, statement_timestamp(), $9::bigint, $10,
         $11, $12, statement_timestamp()
    from input where $1::text is null or exists (select from request)
  returning id, created_at
)`;
}

/** Takes the request $1 with the digest $2, whose answer is the ids of `input`; `request` is empty where it was answered within a day. */
export function requestParts(): string {
  return `request as (
  insert into submissions as s (request_id, results)
  select $1, jsonb_build_object('digest', $2::text, 'items', (select jsonb_agg(id::text order by ord) from input))
    from target where $1::text is not null
  on conflict (request_id) do update set results = excluded.results, created_at = clock_timestamp()
   where s.created_at < clock_timestamp() - interval '1 day'
  returning s.request_id
)`;
}

/** A call that may be repeated, with a digest of what it submits. */
export interface AnsweredRequest {
  readonly id: string;
  readonly digest: string;
}

export interface SubmittedTasks {
  readonly request?: AnsweredRequest | undefined;
  readonly taskName: string;
  readonly versionId: string;
  readonly laneId: number;
  /** What the Task is thought to have. */
  readonly defaultPriority: string;
  readonly priority: string;
  /** Milliseconds. */
  readonly rankOffset: number;
  readonly timeoutMs?: number | undefined;
  readonly traceParent?: string | undefined;
  readonly traceState?: string | undefined;
  readonly submittedBy?: string | undefined;
  /** JSON text of an object for each instance. */
  readonly params: readonly string[];
}

export interface SubmittedTask {
  readonly id: string;
  /** Null: it waits in the queue. */
  readonly lease_id: string | null;
  /** Of one that is leased. */
  readonly handler: string | null;
}

/** In the order of the params; empty: nothing was made. */
export function submitTasks(q: Queryable, tasks: SubmittedTasks): Promise<SubmittedTask[]> {
  return q.query<SubmittedTask>(submitTasksStatement, valuesOf(tasks));
}

export interface WaitingSession {
  readonly sessionId: string;
  /** Random, decimal string. */
  readonly claimId: string;
}

/** Of one instance. Empty: nothing was made. */
export function submitLeased(q: Queryable, tasks: SubmittedTasks, waiting: WaitingSession): Promise<SubmittedTask[]> {
  return q.query<SubmittedTask>(submitLeasedStatement, [...valuesOf(tasks), waiting.sessionId, waiting.claimId]);
}

function valuesOf(tasks: SubmittedTasks): unknown[] {
  return [
    tasks.request?.id ?? null,
    tasks.request?.digest ?? null,
    tasks.taskName,
    tasks.versionId,
    tasks.laneId,
    tasks.defaultPriority,
    tasks.priority,
    tasks.rankOffset,
    tasks.timeoutMs ?? null,
    tasks.traceParent ?? null,
    tasks.traceState ?? null,
    tasks.submittedBy ?? null,
    tasks.params.map((params) => (params === '{}' ? null : params)),
  ];
}
