import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import type { Ctx } from '@taskflow/engine';
import { silentLogger, type Runtime } from '@taskflow/runtime';
import { createNotifier, openDb, type Db } from '@taskflow/store';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { createPusher, type Pusher } from '../pusher.js';

export const runtime: Runtime = {
  service: 'pusher',
  version: 'test',
  logger: silentLogger(),
  tracer: trace.getTracer('test'),
  clock: systemClock,
};

/** A database and a folder of its own, and the pushers that run there. */
export interface PusherBench {
  readonly database: TestDatabase;
  readonly db: Db;
  readonly ctx: Ctx;
  readonly folder: string;
  /** A pusher that is not started. */
  create(source: { destinations?: string | undefined; destinationsInline?: string | undefined }): Promise<Pusher>;
  /** Stops the pushers first. */
  close(): Promise<void>;
}

export async function openPusherBench(name: string): Promise<PusherBench> {
  const database = await createTestDatabase();
  const db = openDb({ url: database.url, applicationName: `${name}-test` });
  const notifier = createNotifier(db);
  const { logger, tracer, clock } = runtime;
  const { signal } = new AbortController();
  const folder = await mkdtemp(join(tmpdir(), `taskflow-${name}-`));
  const pushers: Pusher[] = [];
  return {
    database,
    db,
    ctx: { db, clock, logger, tracer, wake: notifier, actor: 'test', signal },
    folder,
    async create(source) {
      const pusher = await createPusher(runtime, {
        databaseUrl: database.url,
        databasePoolSize: 4,
        databaseNamedStatements: true,
        databaseListen: true,
        databaseMigrate: false,
        destinations: source.destinations,
        destinationsInline: source.destinationsInline,
      });
      pushers.push(pusher);
      return pusher;
    },
    async close() {
      await Promise.all(pushers.map((pusher) => pusher.stop()));
      await notifier.close();
      await db.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}
