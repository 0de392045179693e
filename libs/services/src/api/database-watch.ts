import { IllegalTransition } from '@taskflow/domain';
import type { Logger } from '@taskflow/runtime';

export interface DatabaseWatchOptions {
  readonly logger: Logger;
  /** host:port/name, without credentials. */
  readonly database: string;
  /** Fails when the database does not answer. */
  readonly ping: () => Promise<void>;
  /** Once, as soon as the database answers: migrations. Fails when the database cannot be used. */
  readonly prepare: () => Promise<void>;
  readonly onReady: (ready: boolean) => void;
}

export interface DatabaseState {
  readonly ready: boolean;
  /** What is missing, for people. */
  readonly detail: string;
}

/** Knows whether the database can be used: waits for it at the start, notices when it goes and when it is back. */
export interface DatabaseWatch {
  start(): void;
  state(): DatabaseState;
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
const CALM_PAUSE_MS = 3000;

export function createDatabaseWatch(options: DatabaseWatchOptions): DatabaseWatch {
  const { logger, database } = options;
  let state: DatabaseState = { ready: false, detail: `waiting for the database at ${database}` };
  let prepared = false;
  let pause = FIRST_PAUSE_MS;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let stopped = false;

  const look = async (): Promise<void> => {
    try {
      await options.ping();
      if (!prepared) await options.prepare();
      prepared = true;
      if (!state.ready && !stopped) {
        logger.info({ database }, 'database ready');
        state = { ready: true, detail: 'ok' };
        options.onReady(true);
      }
      pause = FIRST_PAUSE_MS;
    } catch (error) {
      lose(error);
    }
    if (stopped) return;
    timer = setTimeout(run, state.ready ? CALM_PAUSE_MS : pause);
    if (!state.ready) pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };

  const lose = (error: unknown): void => {
    const detail = describe(error, database);
    if (state.ready && !stopped) options.onReady(false);
    logger.warn({ database, err: error, retry_ms: pause }, 'database not ready, waiting');
    state = { ready: false, detail };
  };

  const run = (): void => {
    looking = look();
  };

  return {
    start: run,
    state: () => state,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      state = { ready: false, detail: 'stopping' };
      await looking;
      clearTimeout(timer);
    },
  };
}

function describe(error: unknown, database: string): string {
  if (error instanceof IllegalTransition) return error.message;
  return `The database at ${database} does not answer; waiting for it.`;
}
