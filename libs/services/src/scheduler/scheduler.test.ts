import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import { createTaskInstances, createWorkflowInstances } from '@taskflow/engine';
import { silentLogger, type Runtime } from '@taskflow/runtime';
import { createNotifier, elect, ensureSeat, openDb, SCHEDULER_SEAT, type Db, type Notifier } from '@taskflow/store';
import {
  createTestDatabase,
  endNodes,
  registerTask,
  registerWorkflow,
  sql,
  type TestDatabase,
} from '@taskflow/testing';
import { createScheduler, type Scheduler } from './scheduler.js';

const runtime: Runtime = {
  service: 'scheduler',
  version: 'test',
  logger: silentLogger(),
  tracer: trace.getTracer('test'),
  clock: systemClock,
};

let database: TestDatabase;
let db: Db;
let notifier: Notifier;
let schedulers: Scheduler[];

beforeEach(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'scheduler-test' });
  notifier = createNotifier(db);
  schedulers = [];
});
afterEach(async () => {
  await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
  await notifier.close();
  await db.close();
  await database.drop();
});

function scheduler(databaseListen = true): Scheduler {
  const made = createScheduler(runtime, {
    databaseUrl: database.url,
    databasePoolSize: 4,
    databaseNamedStatements: true,
    databaseListen,
    databaseMigrate: true,
    logLevel: 'silent',
    otlpEndpoint: undefined,
    shutdownTimeoutMs: 5000,
    withPusher: false,
    destinations: undefined,
    destinationsInline: undefined,
  });
  schedulers.push(made);
  return made;
}

/** Looks again and again, each look a query, until it is so. */
async function eventually(isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 12_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so within 12 s: ${String(isSo)}`);
    await sql(db, 'select');
  }
}

async function submitChain(length: number): Promise<string> {
  const tasks = Array.from({ length }, (_, index) => ({
    key: `n${String(index)}`,
    depends_on: index === 0 ? [] : [`n${String(index - 1)}`],
    handler: 'noop',
  }));
  const versionId = await registerWorkflow(db, { name: 'chain', tasks });
  const rows = [{ workflowName: 'chain', versionId, priority: 'normal' as const, nodesTotal: length }];
  const [run] = await createWorkflowInstances(db, rows);
  notifier.workflowChanged();
  return run?.id ?? '';
}

const statusOf = async (id: string): Promise<string | undefined> =>
  (await sql<{ status: string }>(db, 'select status from workflow_instances where id = $1', [id]))[0]?.status;

async function runChain(id: string, length: number): Promise<void> {
  for (let index = 0; index < length; index += 1) {
    await eventually(async () => (await endNodes(db, id, [`n${String(index)}`])) === 1);
    notifier.workflowChanged();
  }
  await eventually(async () => (await statusOf(id)) === 'success');
}

async function submitTask(more: { runAt?: Date; expiresAt?: Date }): Promise<string> {
  const versionId = await registerTask(db, { name: 'work' });
  const [task] = await sql<{ lane_id: number }>(db, `select lane_id from tasks where name = 'work'`);
  const rows = [{ taskName: 'work', versionId, laneId: task?.lane_id ?? 0, priority: 'normal' as const, ...more }];
  const [made] = await createTaskInstances(db, rows);
  return made?.id ?? '';
}

const leaders = (): string[] =>
  schedulers.filter((one) => one.health().role === 'leader').map((one) => one.health().term ?? '');

describe('the scheduler', () => {
  it('runs a workflow instance from step to step as it is woken', async () => {
    const one = scheduler();
    await one.start();
    await eventually(() => one.health().listening && one.health().role === 'leader');
    const began = performance.now();
    await runChain(await submitChain(20), 20);
    // Twenty polls would take twenty seconds.
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('does everything by polling when no notification arrives', async () => {
    const one = scheduler(false);
    await one.start();
    await runChain(await submitChain(2), 2);
    expect(one.health()).toMatchObject({ ok: true, listening: false });
  });

  it('O10: of two, one leads; when it stops the other goes on at once', async () => {
    const [first, second] = [scheduler(), scheduler()];
    await first.start();
    await eventually(() => first.health().role === 'leader');
    await second.start();
    await eventually(() => second.health().listening);
    expect(leaders()).toEqual(['1']);
    const stopping = performance.now();
    await first.stop();
    await eventually(() => second.health().role === 'leader');
    // A lease that is not given back runs for six seconds.
    expect(performance.now() - stopping).toBeLessThan(3000);
    expect(leaders()).toEqual(['2']);
    await runChain(await submitChain(2), 2);
  });

  it('takes over from one that died without a word when its lease has run out', async () => {
    await ensureSeat(db, SCHEDULER_SEAT);
    await elect(db, { name: SCHEDULER_SEAT, holder: 'dead', leaseMs: 500 });
    const one = scheduler();
    await one.start();
    await eventually(() => one.health().term === '2');
  });

  it('stands by when it learns from a transaction that another one was elected', async () => {
    const one = scheduler();
    await one.start();
    await eventually(() => one.health().role === 'leader');
    await sql(db, `update leadership set term = 7, holder = 'usurper', lease_until = now() + interval '1 minute'`);
    const id = await submitChain(1);
    await eventually(() => one.health().role === 'standby');
    expect(await statusOf(id)).toBe('queued');
  });

  it('O11: goes on leading when a workflow instance cannot be decided, and says so of that one alone', async () => {
    const one = scheduler();
    await one.start();
    await eventually(() => one.health().role === 'leader');
    const versionId = await registerWorkflow(db, { name: 'broken', tasks: [{ key: 'a', task: 'nobody-knows' }] });
    const row = { workflowName: 'broken', versionId, priority: 'critical' as const, nodesTotal: 1 };
    const broken = await createWorkflowInstances(
      db,
      Array.from({ length: 30 }, () => row),
    );
    await runChain(await submitChain(2), 2);
    await eventually(async () => (await statusOf(broken.at(-1)?.id ?? '')) === 'failed');
    expect(one.health()).toMatchObject({ ok: true, role: 'leader', term: '1', failing: [] });
  });

  it('fires a schedule that was registered while it idles', async () => {
    const one = scheduler();
    await one.start();
    await eventually(() => one.health().role === 'leader');
    const versionId = await registerWorkflow(db, { name: 'often', tasks: [{ key: 'a', handler: 'noop' }] });
    expect(versionId).toBeDefined();
    await sql(
      db,
      `insert into schedules (kind, target_name, spec, next_at) values ('workflow', 'often', $1, date_trunc('second', now()) + interval '1 s')`,
      [
        JSON.stringify({
          every: '1s',
          timezone: 'UTC',
          dst_gap: 'shift',
          dst_overlap: 'first',
          misfire: 'last',
          max_catchup: 100,
          overlap: 'allow',
        }),
      ],
    );
    notifier.scheduleChanged();
    await eventually(async () => {
      const rows = await sql(db, `select from workflow_instances where workflow_name = 'often' and status = 'running'`);
      return rows.length >= 2;
    });
    const [slots] = await sql<{ late: number }>(
      db,
      'select min(extract(epoch from lag))::float8 as late from v_schedule_slots',
    );
    expect(slots?.late).toBeLessThan(1);
  });

  it('comes back when the database had ended its connections', async () => {
    const one = scheduler();
    await one.start();
    await eventually(() => one.health().listening && one.health().role === 'leader');
    await sql(
      db,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'taskflow scheduler%' and datname = current_database()`,
    );
    await runChain(await submitChain(3), 3);
  });

  it('O6: takes the leases of a worker back that is heard of no more, and the task runs again', async () => {
    const one = scheduler();
    await one.start();
    await eventually(() => one.health().role === 'leader');
    const id = await submitTask({});
    await sql(
      db,
      `with s as (
         insert into worker_sessions (worker, protocol, queues, tasks, handlers, slots, lease_until)
         values ('dead', 1, '{default}', '{}', '{work}', 1, now() + interval '200 ms') returning id
       ), q as (delete from task_queue where id = $1 returning id, lane_id, attempt, flags)
       insert into task_leases (id, attempt, session_id, lane_id, flags)
       select q.id, q.attempt + 1, s.id, q.lane_id, q.flags from q, s`,
      [id],
    );
    const attempts = (): Promise<object[]> =>
      sql(db, `select attempt, outcome, reason from task_attempts where task_instance_id = $1`, [id]);
    await eventually(async () => (await attempts()).length === 1);
    expect(await attempts()).toEqual([{ attempt: 1, outcome: 'lost', reason: 'WORKER_LOST' }]);
    await eventually(async () => (await sql(db, 'select from task_queue where id = $1', [id])).length === 1);
  });

  it('queues what is due later at its time, and takes off the queue what expires', async () => {
    const one = scheduler();
    await one.start();
    await eventually(() => one.health().role === 'leader');
    const now = Date.now();
    const due = new Date(now + 300);
    const [delayed, expiring] = [await submitTask({ runAt: due }), await submitTask({ expiresAt: due })];
    notifier.delayed();
    await eventually(async () => (await sql(db, 'select from task_queue where id = $1', [delayed])).length === 1);
    const statuses = () => sql(db, 'select status, reason from task_records where id = $1', [expiring]);
    await eventually(async () => (await sql(db, 'select from task_queue where id = $1', [expiring])).length === 0);
    expect(await statuses()).toEqual([{ status: 'dequeued', reason: 'EXPIRED' }]);
    expect(Date.now()).toBeGreaterThanOrEqual(due.getTime());
  });
});
