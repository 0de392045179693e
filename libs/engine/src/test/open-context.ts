import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { openDb } from '@taskflow/store';
import { createTestDatabase } from '@taskflow/testing';
import type { Ctx } from '../context.js';
import { silentWake } from '../wake.js';

export interface TestContext extends Ctx {
  readonly url: string;
  /** What a person with psql would do. */
  sql<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** A context on a database of its own, with every migration applied. */
export async function openContext(overrides: Partial<Ctx> = {}): Promise<TestContext> {
  const database = await createTestDatabase();
  const db = openDb({ url: database.url, applicationName: 'test' });
  return {
    db,
    url: database.url,
    clock: systemClock,
    logger: silentLogger(),
    tracer: trace.getTracer('test'),
    wake: silentWake,
    actor: 'test',
    signal: new AbortController().signal,
    ...overrides,
    sql: (text, values) => db.query({ name: '', text }, values),
    async close() {
      await db.close();
      await database.drop();
    },
  };
}
