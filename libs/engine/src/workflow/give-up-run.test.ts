import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { elect, ensureSeat, openDb, SCHEDULER_SEAT, type Db } from '@taskflow/store';
import {
  createTestDatabase,
  endNodes,
  registerTask,
  registerWorkflow,
  sql,
  type TestDatabase,
} from '@taskflow/testing';
import type { SchedulerCtx } from '../context.js';
import { silentWake } from '../wake.js';
import { advanceWorkflows } from './advance-workflows.js';
import { createWorkflowInstances } from './create-workflow-instances.js';
import { rerunWorkflowInstance } from './rerun-workflow.js';
import { createRunMemory, type RunMemory } from './run-memory.js';
import { startWorkflows } from './start-workflows.js';

let database: TestDatabase;
let db: Db;
let ctx: SchedulerCtx;
let memory: RunMemory;
let logged: unknown[];

beforeEach(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'give-up-run-test' });
  await ensureSeat(db, SCHEDULER_SEAT);
  const term = (await elect(db, { name: SCHEDULER_SEAT, holder: 'test', leaseMs: 600_000 })) ?? '';
  const signal = new AbortController().signal;
  logged = [];
  const logger = silentLogger();
  logger.error = (fields: unknown) => void logged.push(fields);
  ctx = {
    db,
    clock: systemClock,
    logger,
    tracer: trace.getTracer('test'),
    wake: silentWake,
    actor: 'test',
    signal,
    term,
  };
  memory = createRunMemory();
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

const a = { key: 'a', handler: 'noop' };
const b = { key: 'b', handler: 'noop', depends_on: ['a'] };
/** Names a Task that nobody has registered. */
const ghost = { key: 'ghost', task: 'ghost', depends_on: ['a'] };

async function submit(name: string, tasks: object[], count = 1): Promise<string[]> {
  const versionId = await registerWorkflow(db, { name, tasks });
  const row = { workflowName: name, versionId, priority: 'normal' as const, nodesTotal: tasks.length };
  const rows = Array.from({ length: count }, () => row);
  return (await createWorkflowInstances(db, rows)).map((run) => run.id);
}

const statusesOf = async (ids: readonly string[]): Promise<string[]> =>
  (
    await sql<{ status: string }>(db, 'select status from workflow_instances where id = any ($1) order by id', [ids])
  ).map((run) => run.status);
const nodesOf = async (id = ''): Promise<Record<string, string>> => {
  const rows = await sql<{ node_key: string; status: string }>(
    db,
    'select node_key, status from task_instances where workflow_instance_id = $1 order by id',
    [id],
  );
  return Object.fromEntries(rows.map((row) => [row.node_key, row.status]));
};
const runOf = async (id = '') =>
  (
    await sql<Record<string, string>>(db, 'select status, reason, message from workflow_instances where id = $1', [id])
  )[0];

it('O11: a workflow instance that cannot be decided ends as failed and says why, the others advance', async () => {
  const sound = await submit('sound', [a, b], 20);
  const [broken = ''] = await submit('broken', [a, ghost, { key: 'other', handler: 'noop' }]);
  const later = await submit('later', [a, b], 20);
  const all = [...sound, broken, ...later];
  await startWorkflows(ctx, { memory });
  for (const id of all) await endNodes(db, id, ['a']);
  const { ended } = await advanceWorkflows(ctx, { memory });
  expect(ended).toEqual([broken]);
  for (const id of [...sound, ...later]) expect(await nodesOf(id)).toEqual({ a: 'success', b: 'queued' });
  expect(await nodesOf(broken)).toEqual({ a: 'success', other: 'cancelled' });
  const run = await runOf(broken);
  expect(run).toMatchObject({ status: 'failed', reason: 'ENGINE_FAULT' });
  expect(run?.['message']).toContain('task "ghost" of "ghost" is not registered. ');
  expect(run?.['message']).toContain(`\`taskflow run retry ${broken}\``);
  expect(logged).toEqual([{ err: expect.any(Error), workflow_instance_id: broken }]);
  const events = await sql(
    db,
    `select type, reason from task_events where workflow_instance_id = $1 and task_instance_id is null order by id`,
    [broken],
  );
  expect(events.slice(1)).toEqual([
    { type: 'cancel_requested', reason: 'ENGINE_FAULT' },
    { type: 'failed', reason: 'ENGINE_FAULT' },
  ]);
  for (const id of [...sound, ...later]) await endNodes(db, id, ['b']);
  await advanceWorkflows(ctx, { memory });
  expect(new Set(await statusesOf([...sound, ...later]))).toEqual(new Set(['success']));
});

it('waits for what still runs of it, also under the next scheduler, before it ends it', async () => {
  const [broken = ''] = await submit('broken', [a, ghost, { key: 'long', handler: 'noop' }]);
  await startWorkflows(ctx, { memory });
  const [long] = await sql<{ id: string }>(
    db,
    `with q as (delete from task_queue where id = (select id from task_records where workflow_instance_id = $1 and node_key = 'long')
                returning id, lane_id, attempt, flags)
     insert into task_leases (id, attempt, session_id, lane_id, flags) select id, attempt + 1, 1, lane_id, flags from q returning id`,
    [broken],
  );
  await endNodes(db, broken, ['a']);
  await advanceWorkflows(ctx, { memory });
  expect(await runOf(broken)).toMatchObject({ status: 'running', reason: 'ENGINE_FAULT' });
  const [lease] = await sql(db, 'select from task_leases where id = $1 and cancel_requested_at is not null', [
    long?.id,
  ]);
  expect(lease).toBeDefined();
  await sql(db, 'delete from task_leases where id = $1', [long?.id]);
  await sql(
    db,
    `with e as (update task_records set status = 'cancelled', reason = 'CANCELLED', finished_at = now() where id = $1
                returning workflow_instance_id, id)
     insert into workflow_changes (workflow_instance_id, task_instance_id, kind) select *, 'task_ended' from e`,
    [long?.id],
  );
  const { ended } = await advanceWorkflows(ctx, { memory: createRunMemory() });
  expect(ended).toEqual([broken]);
  expect(await runOf(broken)).toMatchObject({ status: 'failed', reason: 'ENGINE_FAULT' });
  expect(await sql(db, 'select from workflow_changes')).toEqual([]);
});

it('gives up one whose rows the database refuses', async () => {
  const [broken = '', sound = ''] = await submit('flow', [a, b], 2);
  await startWorkflows(ctx, { memory });
  await sql(
    db,
    `alter table task_records add constraint refuses check (workflow_instance_id <> ${broken} or node_key <> 'b')`,
  );
  for (const id of [broken, sound]) await endNodes(db, id, ['a']);
  await advanceWorkflows(ctx, { memory });
  expect(await runOf(broken)).toMatchObject({ status: 'failed', reason: 'ENGINE_FAULT' });
  expect(await nodesOf(sound)).toEqual({ a: 'success', b: 'queued' });
});

it('starts the others beside one that cannot be started; mended, that one is run again', async () => {
  const first = await submit('sound', [a], 3);
  const [broken = ''] = await submit('broken', [{ key: 'ghost', task: 'ghost' }]);
  const last = await submit('later', [a], 3);
  expect(await startWorkflows(ctx, { memory })).toEqual({ runs: 7 });
  expect(new Set(await statusesOf([...first, ...last]))).toEqual(new Set(['running']));
  for (const id of [...first, ...last]) expect(await nodesOf(id)).toEqual({ a: 'queued' });
  expect(await runOf(broken)).toMatchObject({ status: 'failed', reason: 'ENGINE_FAULT' });
  await registerTask(db, { name: 'ghost' });
  await rerunWorkflowInstance(ctx, { id: broken });
  await startWorkflows(ctx, { memory });
  expect(await nodesOf(broken)).toEqual({ ghost: 'queued' });
  await endNodes(db, broken, ['ghost']);
  await advanceWorkflows(ctx, { memory });
  expect(await runOf(broken)).toMatchObject({ status: 'success', reason: 'SUCCESS' });
});
