import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { elect, ensureSeat, openDb, SCHEDULER_SEAT, type Db, type SlaMissed } from '@taskflow/store';
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

it('writes down what a late look finds in the order in which it was due', async () => {
  const id = await submitTask({ startWithinMs: 2 * HOUR_MS, finishWithinMs: HOUR_MS });
  await checkPromises(ctx, { now: later(3 * HOUR_MS) });
  expect(await reasons(id)).toEqual(['NOT_FINISHED_IN_TIME', 'NOT_STARTED_IN_TIME']);
});

it('O12: each promise that is not kept leaves one message in the outbox, written with the event', async () => {
  await sql(db, 'delete from outbox');
  const id = await submitTask({ startWithinMs: HOUR_MS, finishWithinMs: 2 * HOUR_MS });
  await checkPromises(ctx, { now: later(3 * HOUR_MS) });
  await checkPromises(ctx, { now: later(4 * HOUR_MS) });
  const messages = await sql<{ kind: string; payload: SlaMissed }>(
    db,
    `select kind, payload from outbox where sent_at is null order by payload ->> 'due_at'`,
  );
  const [record] = await sql<{ start_by: Date; finish_by: Date }>(
    db,
    'select start_by, finish_by from task_records where id = $1',
    [id],
  );
  const same = {
    task_instance_id: id,
    task: 'promised',
    workflow_instance_id: null,
    workflow: null,
    scheduled_for: null,
  };
  expect(messages.map(({ kind, payload }) => [kind, { ...payload, due_at: new Date(payload.due_at) }])).toEqual([
    ['sla_missed', { ...same, reason: 'NOT_STARTED_IN_TIME', due_at: record?.start_by }],
    ['sla_missed', { ...same, reason: 'NOT_FINISHED_IN_TIME', due_at: record?.finish_by }],
  ]);
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
  const messages = await sql(
    db,
    `select payload ->> 'workflow' as workflow, payload ->> 'reason' as reason from outbox where payload ->> 'workflow_instance_id' = $1`,
    [run?.id],
  );
  expect(messages).toEqual([{ workflow: 'promised-run', reason: 'NOT_FINISHED_IN_TIME' }]);
});
