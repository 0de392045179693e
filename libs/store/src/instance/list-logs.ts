import type { Queryable, Statement } from '../db.js';

/**
 * Log lines of a task instance in order, a page at a time.
 *
 * Locks: none. Index: primary key. Idempotent: reads only. Caller: the api.
 */
export const listLogsStatement: Statement = {
  name: 'instance_list_logs',
  text: `
select attempt, seq, stream, at, line
  from task_logs
 where task_instance_id = $1 and (attempt, seq) > ($2::integer, $3::bigint)
 order by attempt, seq
 limit $4`,
};

/**
 * Log lines of one attempt in order, a page at a time.
 *
 * Locks: none. Index: primary key. Idempotent: reads only. Caller: the api.
 */
export const listAttemptLogsStatement: Statement = {
  name: 'instance_list_attempt_logs',
  text: `
select attempt, seq, stream, at, line
  from task_logs
 where task_instance_id = $1 and attempt = $2 and seq > $3
 order by seq
 limit $4`,
};

export interface LogRow {
  readonly attempt: number;
  readonly seq: string;
  readonly stream: string;
  readonly at: Date;
  readonly line: string;
}

export interface ListLogsInput {
  readonly id: string;
  /** All when absent. */
  readonly attempt?: number | undefined;
  /** Attempt and number of the last line of the page before. */
  readonly after: readonly [attempt: number, seq: string];
  readonly limit: number;
}

export function listLogRows(q: Queryable, input: ListLogsInput): Promise<LogRow[]> {
  const { id, attempt, after, limit } = input;
  const [afterAttempt, afterSeq] = after;
  if (attempt === undefined) return q.query<LogRow>(listLogsStatement, [id, afterAttempt, afterSeq, limit]);
  return q.query<LogRow>(listAttemptLogsStatement, [id, attempt, afterAttempt === attempt ? afterSeq : '0', limit]);
}
