import type { Queryable, Statement } from '../db.js';

/**
 * Opens the session of a connected worker.
 *
 * Locks: none but the new row's. Index: none. Idempotent: no; a call that is repeated opens another session, which replaces
 * the first. Caller: openSession.
 */
export const insertSessionStatement: Statement = {
  name: 'session_insert',
  text: `
insert into worker_sessions (worker, process, host, version, protocol, queues, tasks, handlers, labels, slots, api, lease_until)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, clock_timestamp() + $12 * interval '1 millisecond')
returning id`,
};

export interface NewSession {
  readonly worker: string;
  /** Made once by the worker's process. */
  readonly process?: string | undefined;
  readonly host: string;
  readonly version: string;
  readonly protocol: number;
  readonly queues: readonly string[];
  readonly tasks: readonly string[];
  readonly handlers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly slots: number;
  /** Name of the api process that holds the stream. */
  readonly api: string;
  readonly leaseTtlMs: number;
}

export async function insertSession(q: Queryable, session: NewSession): Promise<string> {
  const { worker, process, host, version, protocol, queues, tasks, handlers, labels, slots, api, leaseTtlMs } = session;
  const [row] = await q.query<{ id: string }>(insertSessionStatement, [
    worker,
    process ?? null,
    host,
    version,
    protocol,
    queues,
    tasks,
    handlers,
    JSON.stringify(labels),
    slots,
    api,
    leaseTtlMs,
  ]);
  if (!row) throw new Error('the session was not inserted');
  return row.id;
}
