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
  timed,
  type TestDatabase,
} from '@taskflow/testing';
import type { SchedulerCtx } from '../context.js';
import { silentWake } from '../wake.js';
import { advanceWorkflows } from './advance-workflows.js';
import { createWorkflowInstances } from './create-workflow-instances.js';
import { createRunMemory } from './run-memory.js';
import { startWorkflows } from './start-workflows.js';

let database: TestDatabase;
let db: Db;
let ctx: SchedulerCtx;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'advance-speed-test' });
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

/** The lower quartile: other work on the machine does not count. */
const quick = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)] ?? 0;

async function submit(name: string, tasks: { key: string; depends_on?: string[] }[]): Promise<string> {
  const versionId = await registerWorkflow(db, { name, tasks: tasks.map((task) => ({ task: 'step', ...task })) });
  const [run] = await createWorkflowInstances(db, [
    { workflowName: name, versionId, priority: 'normal', nodesTotal: tasks.length },
  ]);
  return run?.id ?? '';
}

it('advances a workflow of 10,000 tasks in time that does not depend on its size', async () => {
  const lanes = Array.from({ length: 100 }, (_, lane) => lane);
  const tasks = lanes.flatMap((lane) =>
    Array.from({ length: 100 }, (_, step) => ({
      key: `l${lane}s${step}`,
      depends_on: step === 0 ? [] : [`l${lane}s${step - 1}`],
    })),
  );
  const memory = createRunMemory();
  const id = await submit('wide', tasks);
  await startWorkflows(ctx, { memory });
  const one: number[] = [];
  for (let step = 0; step < 10; step += 1) {
    await endNodes(db, id, [`l0s${step}`]);
    one.push(await timed(() => advanceWorkflows(ctx, { memory })));
  }
  await endNodes(
    db,
    id,
    lanes.slice(1).map((lane) => `l${lane}s0`),
  );
  await advanceWorkflows(ctx, { memory });
  const cold: number[] = [];
  for (const lane of [1, 2, 3]) {
    await endNodes(db, id, [`l${lane}s1`]);
    cold.push(await timed(() => advanceWorkflows(ctx, { memory: createRunMemory() })));
  }
  expect(quick(one)).toBeLessThan(50);
  expect(quick(cold)).toBeLessThan(250);
  const [row] = await sql(db, `select nodes_done from workflow_instances where id = $1`, [id]);
  expect(row).toEqual({ nodes_done: 112 });
});

it('joins 10,000 tasks without looking at all of them each time', async () => {
  const wide = Array.from({ length: 9999 }, (_, index) => ({ key: `w${index}` }));
  const memory = createRunMemory();
  const id = await submit('join', [...wide, { key: 'join', depends_on: wide.map((task) => task.key) }]);
  await startWorkflows(ctx, { memory });
  const one: number[] = [];
  for (let index = 0; index < 10; index += 1) {
    await endNodes(db, id, [`w${index}`]);
    one.push(await timed(() => advanceWorkflows(ctx, { memory })));
  }
  await endNodes(
    db,
    id,
    wide.slice(10).map((task) => task.key),
  );
  while ((await advanceWorkflows(ctx, { memory })).changes > 0);
  expect(quick(one)).toBeLessThan(50);
  await endNodes(db, id, ['join']);
  await advanceWorkflows(ctx, { memory });
  const [row] = await sql(db, `select status, nodes_done from workflow_instances where id = $1`, [id]);
  expect(row).toEqual({ status: 'success', nodes_done: 10_000 });
});

it('takes a chain of 40 tasks from step to step within milliseconds', async () => {
  const chain = Array.from({ length: 40 }, (_, index) => ({
    key: `c${index}`,
    depends_on: index ? [`c${index - 1}`] : [],
  }));
  const memory = createRunMemory();
  const id = await submit('chain', chain);
  await startWorkflows(ctx, { memory });
  const steps: number[] = [];
  for (let index = 0; index < 40; index += 1) {
    await endNodes(db, id, [`c${index}`]);
    steps.push(await timed(() => advanceWorkflows(ctx, { memory })));
  }
  expect(quick(steps)).toBeLessThan(25);
});
