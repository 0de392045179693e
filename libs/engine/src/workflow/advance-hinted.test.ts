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
import { advanceHinted, type HintedChange } from './advance-hinted.js';
import { advanceWorkflows } from './advance-workflows.js';
import { cancelWorkflowInstance } from './cancel-workflow.js';
import { createWorkflowInstances } from './create-workflow-instances.js';
import { createRunMemory, type RunMemory } from './run-memory.js';
import { startWorkflows } from './start-workflows.js';

let database: TestDatabase;
let db: Db;
let ctx: SchedulerCtx;
let memory: RunMemory;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'advance-hinted-test' });
  await ensureSeat(db, SCHEDULER_SEAT);
  const term = (await elect(db, { name: SCHEDULER_SEAT, holder: 'test', leaseMs: 600_000 })) ?? '';
  const signal = new AbortController().signal;
  const tracer = trace.getTracer('test');
  ctx = { db, clock: systemClock, logger: silentLogger(), tracer, wake: silentWake, actor: 'test', signal, term };
  await registerTask(db, { name: 'step' });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});
beforeEach(() => {
  memory = createRunMemory();
});

let names = 0;
const task = (key: string, dependsOn: string[] = [], more: object = {}) => ({
  key,
  depends_on: dependsOn,
  task: 'step',
  ...more,
});
const CHAIN = [task('a'), task('b', ['a']), task('c', ['b'])];

/** Started, and with the Tasks of its nodes looked up once. */
async function start(tasks: object[] = CHAIN): Promise<string> {
  const name = `h${String((names += 1))}`;
  const versionId = await registerWorkflow(db, { name, tasks });
  const [run] = await createWorkflowInstances(db, [
    { workflowName: name, versionId, priority: 'normal', nodesTotal: tasks.length },
  ]);
  await startWorkflows(ctx, { memory });
  return run?.id ?? '';
}

/** The node ends, and this is what the notification says. */
async function end(id: string, key: string): Promise<HintedChange[]> {
  expect(await endNodes(db, id, [key])).toBe(1);
  const changes = await sql<{ id: string }>(db, 'select id from workflow_changes where workflow_instance_id = $1', [
    id,
  ]);
  return changes.slice(-1).map((change) => ({ id: change.id, workflowInstanceId: id, nodeKey: key }));
}

const told = (changes: readonly HintedChange[]): Promise<boolean> => advanceHinted(ctx, { memory, changes });

async function standing(id: string) {
  const [run] = await sql<{ status: string; nodes_done: number }>(
    db,
    'select status, nodes_done from workflow_instances where id = $1',
    [id],
  );
  const nodes = await sql<{ node_key: string; status: string }>(
    db,
    'select node_key, status from task_instances where workflow_instance_id = $1 order by id',
    [id],
  );
  const left = await sql(db, 'select id from workflow_changes where workflow_instance_id = $1', [id]);
  return {
    status: run?.status,
    done: run?.nodes_done,
    nodes: nodes.map(({ node_key: key, status }) => `${key} ${status}`).join(', '),
    changes: left.length,
  };
}

it('goes on from node to node and to the end by what it was told', async () => {
  const id = await start();
  expect(await told(await end(id, 'a'))).toBe(true);
  expect(await standing(id)).toEqual({ status: 'running', done: 1, nodes: 'a success, b queued', changes: 0 });
  expect(await told(await end(id, 'b'))).toBe(true);
  expect(await told(await end(id, 'c'))).toBe(true);
  expect(await standing(id)).toMatchObject({ status: 'success', done: 3, changes: 0 });
});

it('tells those who wait for work in the transaction that made it', async () => {
  const id = await start();
  const heard: string[] = [];
  const { createListener } = await import('@taskflow/store');
  await new Promise<void>((resolve, reject) => {
    const listener = createListener({
      url: database.url,
      channels: ['taskflow_ready'],
      onNotify(_channel, payload) {
        heard.push(payload);
        void listener.close().then(resolve, reject);
      },
      onState: (state) => state === 'listening' && void end(id, 'a').then(told).catch(reject),
    });
  });
  const lanes = await sql<{ lane_id: number }>(db, `select lane_id from tasks where name = 'step'`);
  expect(heard).toEqual(lanes.map((lane) => String(lane.lane_id)));
});

it('told of what was taken meanwhile, late or twice, does nothing', async () => {
  const id = await start();
  const change = await end(id, 'a');
  await advanceWorkflows(ctx, { memory });
  expect(await told(change)).toBe(true);
  expect(await told([...change, ...change])).toBe(true);
  expect(await standing(id)).toEqual({ status: 'running', done: 1, nodes: 'a success, b queued', changes: 0 });
});

it('told of an end that is not there, writes nothing and forgets what it made of it', async () => {
  const id = await start();
  expect(await told([{ id: '987654321', workflowInstanceId: id, nodeKey: 'a' }])).toBe(false);
  expect(await standing(id)).toEqual({ status: 'running', done: 0, nodes: 'a queued', changes: 0 });
  await end(id, 'a');
  await advanceWorkflows(ctx, { memory });
  expect(await standing(id)).toMatchObject({ done: 1, nodes: 'a success, b queued' });
});

it('does not start what follows in a run that was cancelled meanwhile', async () => {
  const id = await start();
  const change = await end(id, 'a');
  await cancelWorkflowInstance(ctx, { id, reason: 'enough' });
  expect(await told(change)).toBe(false);
  for (let page = 0; page < 3; page += 1) await advanceWorkflows(ctx, { memory });
  expect(await standing(id)).toMatchObject({ status: 'cancelled', changes: 0 });
});

it('writes nothing once another scheduler is elected', async () => {
  const id = await start();
  const change = await end(id, 'a');
  const late = { ...ctx, term: String(Number(ctx.term) - 1) };
  expect(await advanceHinted(late, { memory, changes: change })).toBe(false);
  expect(await standing(id)).toEqual({ status: 'running', done: 0, nodes: 'a success', changes: 1 });
});

it('starts a registered Task in the version that it has by then', async () => {
  const id = await start();
  const change = await end(id, 'a');
  await registerTask(db, { name: 'step', timeout: '7s' });
  expect(await told(change)).toBe(false);
  await advanceWorkflows(ctx, { memory });
  const rows = await sql(db, `select timeout_ms from task_records where workflow_instance_id = $1 and node_key = 'b'`, [
    id,
  ]);
  expect(rows).toEqual([{ timeout_ms: '7000' }]);
});

it('goes on when a crash of the server has taken steps back that had not reached the disk', async () => {
  const id = await start();
  await told(await end(id, 'a'));
  const change = await end(id, 'b');
  await told(change);
  // The server comes back as of before the last step: c was never made, and the change is there again.
  await sql(db, `delete from task_queue where id in (select id from task_records where workflow_instance_id = $1)`, [
    id,
  ]);
  await sql(db, `delete from task_records where workflow_instance_id = $1 and node_key = 'c'`, [id]);
  await sql(db, `update workflow_instances set nodes_done = 1 where id = $1`, [id]);
  await sql(
    db,
    `insert into workflow_changes (workflow_instance_id, task_instance_id, kind)
     select workflow_instance_id, id, 'task_ended' from task_records where workflow_instance_id = $1 and node_key = 'b'`,
    [id],
  );
  await advanceWorkflows(ctx, { memory });
  expect(await standing(id)).toMatchObject({ done: 2, nodes: 'a success, b success, c queued', changes: 0 });
});

it('leaves what is limited, skipped or unknown to the look at everything', async () => {
  const limited = await start([task('a'), { key: 'b', depends_on: ['a'], handler: 'noop', concurrency: 1 }]);
  expect(await told(await end(limited, 'a'))).toBe(false);
  const skipping = await start([task('a'), task('b', ['a'], { trigger: 'all_failed' })]);
  expect(await told(await end(skipping, 'a'))).toBe(false);
  const unknown = await start();
  const change = await end(unknown, 'a');
  memory = createRunMemory();
  expect(await told(change)).toBe(false);
  await advanceWorkflows(ctx, { memory });
  expect(await standing(limited)).toMatchObject({ nodes: 'a success, b queued' });
  expect(await standing(skipping)).toMatchObject({ status: 'success', nodes: 'a success, b skipped' });
  expect(await standing(unknown)).toMatchObject({ nodes: 'a success, b queued' });
});
