import type { Queryable, Statement } from '../db.js';

/**
 * Stores lines of a job's log and how far it is read, in one step.
 *
 * Locks: the job's row. Index: primary keys. Idempotent: guarded by the position that was read from; a second writer of the
 * same part finds another one. A job with a claim sends its log itself. Caller: appendJobLog.
 */
export const appendLogStatement: Statement = {
  name: 'push_append_log',
  text: `
with here as (
  update push_jobs set log_ref = $3::jsonb where id = $1 and log_ref is not distinct from $2::jsonb and claim is null
  returning task_instance_id, attempt
)
insert into task_logs (task_instance_id, attempt, seq, stream, at, line)
select h.task_instance_id, h.attempt, $4::bigint + n.ord, n.stream, clock_timestamp(), n.line
  from here h cross join unnest($5::text[], $6::text[]) with ordinality n (stream, line, ord)
on conflict do nothing`,
};

export interface JobLogPart {
  readonly jobId: string;
  /** JSON text of `log_ref` as it was read; null for none. */
  readonly from: string | null;
  readonly to: string;
  /** Lines stored before. */
  readonly seq: number;
  readonly lines: readonly { readonly stream: string; readonly text: string }[];
}

export async function appendLog(q: Queryable, part: JobLogPart): Promise<void> {
  await q.query(appendLogStatement, [
    part.jobId,
    part.from,
    part.to,
    part.seq,
    part.lines.map((line) => line.stream),
    part.lines.map((line) => line.text),
  ]);
}
