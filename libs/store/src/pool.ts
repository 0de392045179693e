import { isNativeError } from 'node:util/types';
import pg from 'pg';

/** The connections of a Db. When one falls silent, all of its age are given up: idle ones are hardly better. */
export interface Pool {
  /** Where the next connection comes from. */
  current(): pg.Pool;
  /** A connection of this pool did not answer. */
  distrust(pool: pg.Pool): void;
  /** Resolves when what was handed out has been given back. */
  close(): Promise<void>;
}

export function openPool(config: pg.PoolConfig): Pool {
  const open = (): pg.Pool => {
    const opened = new pg.Pool(config);
    // An idle connection that the server ends must not end the process; the next query opens another.
    opened.on('error', () => undefined);
    // Nor one that it ends while it is handed out, when the pool has stopped to listen; its first query fails.
    opened.on('connect', (client) => client.on('error', () => undefined));
    return opened;
  };
  let current = open();
  const old = new Set<Promise<void>>();
  return {
    current: () => current,
    distrust(pool) {
      if (pool !== current) return;
      current = open();
      const ended = pool.end().finally(() => old.delete(ended));
      old.add(ended);
    },
    async close() {
      await Promise.all([...old, current.end()]);
    },
  };
}

/** True for a query whose answer did not come within the limit; it may have taken effect all the same. */
export function isSilence(error: unknown): boolean {
  const thrown = isNativeError(error) && isNativeError(error.cause) ? error.cause : error;
  return isNativeError(thrown) && thrown.message === 'Query read timeout';
}
