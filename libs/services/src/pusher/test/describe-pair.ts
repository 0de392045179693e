import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import { getDestination, listDestinations, submitTask, type Ctx } from '@taskflow/engine';
import { silentLogger } from '@taskflow/runtime';
import { createNotifier, openDb } from '@taskflow/store';
import { createTestDatabase, registerTask, sql } from '@taskflow/testing';
import { createPusher } from '../pusher.js';

/** Two places of one kind, of which one cannot be used, however it comes. */
export interface Pair {
  /** Fields of the destinations but their names. */
  readonly well: Readonly<Record<string, unknown>>;
  readonly broken: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

interface Shown {
  readonly status: string;
  readonly waiting_for: string | null;
  readonly attempt: number;
}

/** One destination of a kind goes on whatever becomes of another one, which says what is wrong with it. Needs jest. */
export function describePair(kind: string, open: (folder: string) => Promise<Pair>, trouble: RegExp): void {
  test(`two destinations of kind ${kind}: the broken one tells why and costs no attempt, the other one goes on`, async () => {
    const database = await createTestDatabase();
    const db = openDb({ url: database.url, applicationName: 'pair-test' });
    const folder = await mkdtemp(join(tmpdir(), 'taskflow-pair-'));
    const pair = await open(folder);
    const runtime = {
      service: 'pusher',
      version: 'test',
      logger: silentLogger(),
      tracer: trace.getTracer('test'),
      clock: systemClock,
    };
    const wake = createNotifier(db);
    const ctx: Ctx = { ...runtime, db, wake, actor: 'test', signal: new AbortController().signal };
    const common = { kind, sync_interval: '100ms', submit_timeout: '5s', ambiguity_window: '5s' };
    const destinations = [
      { name: 'broken', ...common, ...pair.broken },
      { name: 'well', ...common, ...pair.well },
    ];
    await writeFile(join(folder, 'destinations.yaml'), JSON.stringify({ destinations }));
    const pusher = await createPusher(runtime, {
      databaseUrl: database.url,
      databasePoolSize: 4,
      databaseNamedStatements: true,
      databaseListen: true,
      databaseMigrate: false,
      destinations: join(folder, 'destinations.yaml'),
      destinationsInline: undefined,
    });
    const until = async <T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> => {
      const deadline = performance.now() + 60_000;
      for (;;) {
        const seen = await look();
        if (isSo(seen)) return seen;
        if (performance.now() > deadline) throw new Error(`not so in time: ${JSON.stringify(seen)}`);
      }
    };
    const show = async (id: string): Promise<Shown> => {
      const columns = 'status, waiting_for, attempt';
      const [row] = await sql<Shown>(db, `select ${columns} from task_instances where id = $1`, [id]);
      if (row === undefined) throw new Error(`no instance ${id}`);
      return row;
    };
    try {
      await registerTask(db, { name: 'bad', bash: 'true', push_destination: 'broken', retries: 0 });
      await registerTask(db, { name: 'good', bash: 'true', push_destination: 'well' });
      const bad = (await submitTask(ctx, { task: 'bad' })).id;
      await pusher.start();
      const told = await until(
        async () => (await listDestinations(ctx)).find(({ name }) => name === 'broken')?.lastError,
        (lastError) => lastError !== undefined,
      );
      expect(told).toMatch(trouble);
      for (let round = 0; round < 3; round += 1) {
        const { id } = await submitTask(ctx, { task: 'good' });
        await until(
          () => show(id),
          ({ status }) => status === 'success',
        );
      }
      await until(
        () => getDestination(ctx, { name: 'broken' }),
        ({ state }) => state === 'breaker_open',
      );
      const late = (await submitTask(ctx, { task: 'bad' })).id;
      const waits = await until(
        () => show(late),
        ({ waiting_for: why }) => why === 'destination_breaker(broken)',
      );
      expect(waits).toMatchObject({ status: 'queued', attempt: 0 });
      expect(['queued', 'pushed']).toContain((await show(bad)).status);
      expect((await getDestination(ctx, { name: 'well' })).state).toBe('ok');
    } finally {
      await pusher.stop();
      await pair.close();
      await wake.close();
      await db.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    }
  }, 240_000);
}
