import type pg from 'pg';
import { mapDatabaseError } from './database-error.js';
import { isSilence, openPool } from './pool.js';

/** A named prepared statement: one literal, planned once per connection unless it says otherwise. */
export interface Statement {
  readonly name: string;
  /**
   * A table that was empty at its last analyze (the queue, the leases) counts as empty until the next one. Joined freely with what
   * a caller gives, each given row would be compared with each of its rows: look up by index, in a lateral subquery that
   * cannot be flattened (`for update`, `offset 0`) or by `= any (array(select …))`.
   *
   * Where the number of given ids is hidden (`(select $1::bigint[])`), one plan serves all numbers; otherwise a call for
   * a single id is planned anew each time, at several times its own cost.
   */
  readonly text: string;
  /** For lists with filters, whose best plan depends on what is asked for: planned anew for each call. */
  readonly planEachTime?: boolean;
}

/** Something that runs statements: the pool, or the one connection of a transaction. */
export interface Queryable {
  /** One object per pool, shared by its transactions: what is cached of a database is cached under it. */
  readonly origin?: object;
  /** Rows as node-postgres gives them: bigint as string, timestamptz as Date. Fails with a TaskflowError where the fault is known. */
  query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Db extends Queryable {
  /** Runs `work` in one READ COMMITTED transaction; rolls back when it throws. */
  tx<T>(work: (queryable: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DbOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Most connections of the pool; 10 by default. */
  readonly maxConnections?: number;
  /** False behind a transaction pooler (PgBouncer): statements are then sent unnamed. True by default. */
  readonly namedStatements?: boolean;
  /**
   * Longest wait for the answer to a statement, in milliseconds; 20,000 by default, 0 for no limit. Then the connection is given up
   * as half-open and the call fails with Unavailable, although the statement may have taken effect.
   */
  readonly answerWithinMs?: number;
}

/**
 * Settings of every session that keeps named statements. The plan of such a statement is kept for long: one that is made while
 * the tables are new and empty would read them from end to end when they no longer are, until they are analyzed.
 */
export const SESSION_OPTIONS = '-c enable_seqscan=off -c jit=off -c idle_in_transaction_session_timeout=8000';

// A process that is stopped, or whose connection is half-open, must not keep its locks for longer. A transaction pooler takes no
// options of a session: there each transaction says so for itself.
const BEGIN_POOLED = 'begin; set local idle_in_transaction_session_timeout = 8000';

// Shorter than the time that a service has for its stop (TASKFLOW_SHUTDOWN_TIMEOUT).
const ANSWER_WITHIN_MS = 20_000;

/** Opens a pool; connects lazily, so a database that is away is noticed by the first query (Unavailable, DATABASE_DOWN). */
export function openDb(options: DbOptions): Db {
  const named = options.namedStatements ?? true;
  const pool = openPool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    query_timeout: options.answerWithinMs ?? ANSWER_WITHIN_MS,
    keepAlive: true,
    ...(named && { options: SESSION_OPTIONS }),
  });
  const run = async <Row extends object>(
    client: pg.Pool | pg.PoolClient,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> => {
    const config = { text: statement.text, values: [...values] };
    const result = await client
      .query<Row>(named && statement.planEachTime !== true ? { ...config, name: statement.name } : config)
      .catch((error: unknown) => {
        throw mapDatabaseError(error, statement.name);
      });
    return result.rows;
  };

  const origin = {};
  return {
    origin,
    async query(statement, values = []) {
      const from = pool.current();
      try {
        return await run(from, statement, values);
      } catch (error) {
        if (isSilence(error)) pool.distrust(from);
        throw error;
      }
    },
    async tx(work) {
      const from = pool.current();
      const client = await from.connect().catch((error: unknown) => {
        throw mapDatabaseError(error, 'connect');
      });
      let broken: Error | undefined;
      // The server may end the session between two statements (idle in transaction, shutdown); the next one then fails.
      const onError = (error: Error): void => {
        broken = error;
      };
      client.on('error', onError);
      try {
        await client.query(named ? 'begin' : BEGIN_POOLED);
        const result = await work({ origin, query: (statement, values = []) => run(client, statement, values) });
        await client.query('commit');
        return result;
      } catch (error) {
        if (isSilence(error)) {
          pool.distrust(from);
          broken ??= new Error('no answer');
        }
        // A rollback that fails ends the session, which rolls back.
        if (!broken) await client.query('rollback').catch((rollbackError: Error) => (broken = rollbackError));
        throw mapDatabaseError(error, 'transaction');
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    },
    close: () => pool.close(),
  };
}
