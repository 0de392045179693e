import type { Queryable, Statement } from '../db.js';

/**
 * Stores log lines that the container of a job sends. They count under the number that the container gave them.
 *
 * Locks: none but the new rows'. Index: primary keys. Idempotent: a line that is there is left as it is; lines of a container that
 * does not hold the claim are dropped. Caller: appendClaimedLog.
 */
export const appendClaimedLogStatement: Statement = {
  name: 'push_append_claimed_log',
  text: `
insert into task_logs (task_instance_id, attempt, seq, stream, at, line)
select j.task_instance_id, j.attempt, n.seq, n.stream, n.at, n.line
  from push_jobs j cross join unnest($3::bigint[], $4::text[], $5::timestamptz[], $6::text[]) n (seq, stream, at, line)
 where j.id = $1 and j.claim = $2
on conflict do nothing`,
};

export interface ClaimedLogLine {
  /** Counts from 1; decimal string. */
  readonly seq: string;
  readonly stream: 'stdout' | 'stderr' | 'system';
  readonly at: Date;
  readonly line: string;
}

export async function appendClaimedLog(
  q: Queryable,
  id: string,
  container: string,
  lines: readonly ClaimedLogLine[],
): Promise<void> {
  await q.query(appendClaimedLogStatement, [
    id,
    container,
    lines.map((line) => line.seq),
    lines.map((line) => line.stream),
    lines.map((line) => line.at),
    lines.map((line) => line.line),
  ]);
}
