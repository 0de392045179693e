import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { elect, ensureSeat, openDb, SCHEDULER_SEAT, type Db } from '@taskflow/store';
import { createTestDatabase, registerTask, registerWorkflow, sql, type TestDatabase } from '@taskflow/testing';
import type { SchedulerCtx } from '../context.js';
import { createTaskInstances } from '../task/create-task-instances.js';
import { silentWake } from '../wake.js';
import { createWorkflowInstances } from '../workflow/create-workflow-instances.js';
import { checkPromises } from './check-promises.js';

let database: TestDatabase;
let db: Db;
let ctx: SchedulerCtx;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'check-promises-test' });
  await ensureSeat(db, SCHEDULER_SEAT);
  const term = (await elect(db, { name: SCHEDULER_SEAT, holder: 'test', leaseMs: 600_000 })) ?? '';
  const signal = new AbortController().signal;
  const tracer = trace.getTracer('test');
  ctx = { db, clock: systemClock, logger: silentLogger(), tracer, wake: silentWake, actor: 'test', signal, term };
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const HOUR_MS = 3_600_000;

async function submitTask(promises: { startWithinMs?: number; finishWithinMs?: number }): Promise<string> {
  const versionId = await registerTask(db, { name: 'promised' });
  const [lane] = await sql<{ lane_id: number }>(db, `select lane_id from tasks where name = 'promised'`);
  const [made] = await createTaskInstances(db, [
    { taskName: 'promised', versionId, laneId: lane?.lane_id ?? 0, priority: 'normal', ...promises },
  ]);
  return made?.id ?? '';
}

const later = (ms: number): Date => new Date(Date.now() + ms);
const missed = async (id: string, table = 'task_records'): Promise<unknown> =>
  (
    await sql<{ missed: boolean }>(db, `select sla_missed_at is not null as missed from ${table} where id = $1`, [id])
  )[0]?.missed;
const reasons = async (id: string): Promise<string[]> =>
  (
    await sql<{ reason: string }>(
      db,
      `select reason from task_events where task_instance_id = $1 and type = 'sla_missed' order by id`,
      [id],
    )
  ).map((event) => event.reason);

it('O5: records once that an instance did not start or finish in time, without any worker', async () => {
  const id = await submitTask({ startWithinMs: HOUR_MS, finishWithinMs: 2 * HOUR_MS });
  await checkPromises(ctx, { now: later(HOUR_MS / 2) });
  expect(await missed(id)).toBe(false);
  await checkPromises(ctx, { now: later(1.5 * HOUR_MS) });
  await checkPromises(ctx, { now: later(1.5 * HOUR_MS) });
  expect(await missed(id)).toBe(true);
  expect(await reasons(id)).toEqual(['NOT_STARTED_IN_TIME']);
  await checkPromises(ctx, { now: later(3 * HOUR_MS) });
  expect(await reasons(id)).toEqual(['NOT_STARTED_IN_TIME', 'NOT_FINISHED_IN_TIME']);
});

it('says nothing of what was kept: ended in time, or running in time on a worker', async () => {
  const ended = await submitTask({ startWithinMs: HOUR_MS, finishWithinMs: HOUR_MS });
  const running = await submitTask({ startWithinMs: HOUR_MS });
  await sql(db, `update task_records set status = 'success', started_at = now(), finished_at = now() where id = $1`, [
    ended,
  ]);
  await sql(
    db,
    `with q as (delete from task_queue where id = $1 returning id, lane_id, attempt, flags)
     insert into task_leases (id, attempt, session_id, lane_id, flags) select id, attempt + 1, 1, lane_id, flags from q`,
    [running],
  );
  await checkPromises(ctx, { now: later(5 * HOUR_MS) });
  expect([await missed(ended), await missed(running)]).toEqual([false, false]);
});

it('watches workflow instances as well', async () => {
  const versionId = await registerWorkflow(db, { name: 'promised-run', tasks: [{ key: 'a', handler: 'noop' }] });
  const [run] = await createWorkflowInstances(db, [
    { workflowName: 'promised-run', versionId, priority: 'normal', nodesTotal: 1, finishWithinMs: HOUR_MS },
  ]);
  await checkPromises(ctx, { now: later(2 * HOUR_MS) });
  expect(await missed(run?.id ?? '', 'workflow_instances')).toBe(true);
});
