import { Unavailable } from '@taskflow/domain';
import type { Db } from '@taskflow/store';
import { applyDefinitions } from '../definition/apply-definitions.js';
import type { LeasedTask } from '../task/prepare-lease.js';
import { openContext, type TestContext } from '../test/open-context.js';
import { complete, connect, defineTasks, lease, statusOf, submit } from '../test/worker-bench.js';
import { closeSession } from '../worker/close-session.js';
import { submitBatch } from './submit-batch.js';
import { submitTask, submitWorkflow } from './submit.js';

let ctx: TestContext;
let asked: string[];
let woken: number;

beforeAll(async () => {
  ctx = await openContext();
  await defineTasks(ctx, { name: 'load' }, { name: 'timed', run: { handler: 'load' }, timeout: '1m' });
  // What is not known yet takes the long way.
  await submit(ctx, 'load');
  await submit(ctx, 'timed');
});
beforeEach(() => {
  asked = [];
  woken = 0;
});
afterAll(() => ctx.close());

/** The context of an api that notes what it asks of its database. */
function watched(waitingWorker?: TestContext['waitingWorker'], db: Db = ctx.db): TestContext {
  const noted: Db = {
    ...db,
    query(statement, values) {
      asked.push(statement.name);
      return db.query(statement, values);
    },
  };
  return { ...ctx, db: noted, waitingWorker, wake: { ...ctx.wake, ready: () => (woken += 1) } };
}

/** A worker that waits, and what it got. */
async function waiting(name: string) {
  const session = await connect(ctx, name);
  const got: LeasedTask[] = [];
  let released = 0;
  const worker = (laneId: number) =>
    session.laneIds.includes(laneId)
      ? {
          sessionId: session.sessionId,
          lease: (task: LeasedTask) => void got.push(task),
          release: () => (released += 1),
        }
      : undefined;
  return { session, worker, got, released: () => released };
}

test('a known Task is submitted by one statement, and the same request makes nothing twice', async () => {
  const submissions = [1, 2, 3].map((n) => ({ kind: 'task' as const, task: 'load', paramsJson: `{"n":${n}}` }));
  const first = await submitBatch(watched(), { submissions, requestId: 'r1' });
  expect(asked).toEqual(['submission_submit_tasks']);
  expect(woken).toBe(1);
  const again = await submitBatch(watched(), { submissions, requestId: 'r1' });
  expect(again).toEqual(first.map((result) => ({ ...result, created: false })));
  await expect(submitBatch(watched(), { submissions: submissions.slice(1), requestId: 'r1' })).rejects.toMatchObject({
    reason: 'REQUEST_ID_REUSED',
  });
  const rows = await ctx.sql<{ n: number }>(
    `select (params ->> 'n')::int as n from task_instances where id = any ($1) and status = 'queued' order by id`,
    [first.map((result) => ('id' in result ? result.id : ''))],
  );
  expect(rows.map(({ n }) => n)).toEqual([1, 2, 3]);
});

test('a hundred calls with one request id at the same time make one instance', async () => {
  const calls = Array.from({ length: 100 }, () => submitTask(ctx, { task: 'load', requestId: 'same' }));
  const answers = await Promise.all(calls);
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  expect(answers.filter(({ created }) => created)).toHaveLength(1);
});

test('what has changed of a Task since it was looked up is not overlooked', async () => {
  await defineTasks(ctx, { name: 'moving' });
  await submit(ctx, 'moving');
  await defineTasks(ctx, { name: 'moving', queue: 'night', default_priority: 'high' });
  const { id } = await submitTask(ctx, { task: 'moving' });
  expect(await ctx.sql(`select queue, priority from task_instances where id = $1`, [id])).toEqual([
    { queue: 'night', priority: 'high' },
  ]);
});

test('a known Workflow is submitted by one statement, of the version that it has then', async () => {
  const define = (steps: readonly string[]) =>
    applyDefinitions(ctx, {
      definitions: [
        {
          kind: 'workflow',
          spec: { name: 'flow', sla: { finish_within: '1h' }, tasks: steps.map((key) => ({ key, task: 'load' })) },
        },
      ],
    });
  await define(['a']);
  await submitWorkflow(ctx, { workflow: 'flow' });
  const { id } = await submitWorkflow(watched(), { workflow: 'flow', paramsJson: '{"n":1}', requestId: 'flow' });
  expect(asked).toEqual(['submission_submit_run']);
  expect(await submitWorkflow(ctx, { workflow: 'flow', paramsJson: '{"n":1}', requestId: 'flow' })).toEqual({
    id,
    created: false,
  });
  await define(['a', 'b']);
  const { id: later } = await submitWorkflow(ctx, { workflow: 'flow' });
  const rows = await ctx.sql(
    `select w.status, w.params, w.nodes_total, count(s.*)::int as watches from workflow_instances w
       left join sla_watches s on s.workflow_instance_id = w.id where w.id = any ($1) group by w.id order by w.id`,
    [[id, later]],
  );
  expect(rows).toEqual([
    { status: 'queued', params: { n: 1 }, nodes_total: 1, watches: 1 },
    { status: 'queued', params: {}, nodes_total: 2, watches: 1 },
  ]);
});

test('a worker that waits gets the instance in the statement that makes it', async () => {
  const { worker, got, released } = await waiting('a');
  const { id } = await submitTask(watched(worker), { task: 'load', paramsJson: '{"n":7}', requestId: 'leased' });
  expect(asked).toEqual(['submission_submit_leased']);
  expect(got).toMatchObject([{ ref: { id, attempt: 1 }, task: 'load', handler: 'load', paramsJson: '{"n":7}' }]);
  expect([woken, released()]).toEqual([0, 0]);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'running', attempt: 1 });
  expect(await submitTask(watched(worker), { task: 'load', paramsJson: '{"n":7}', requestId: 'leased' })).toEqual({
    id,
    created: false,
  });
  expect(got).toHaveLength(1);
  expect(released()).toBe(1);
  expect(await complete(ctx, got)).toEqual(['accepted']);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'success', attempt: 1 });
});

test('a session that is over gets nothing: the instance is queued, and others are told', async () => {
  const { session, worker, got, released } = await waiting('b');
  await closeSession(ctx, { sessionId: session.sessionId, reason: 'stopped' });
  const { id } = await submitTask(watched(worker), { task: 'load' });
  expect(got).toEqual([]);
  expect([woken, released()]).toEqual([1, 1]);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'queued' });
});

test('an instance with a timeout is claimed as ever, which knows whether its worker has a slot for it', async () => {
  const { worker, got } = await waiting('c');
  await submitTask(watched(worker), { task: 'timed' });
  expect(asked).toEqual(['submission_submit_tasks']);
  expect(got).toEqual([]);
});

test('what was leased by a submission of which the answer was lost goes back to the queue', async () => {
  const { session, worker, got, released } = await waiting('d');
  const cut: Db = {
    ...ctx.db,
    async query(statement, values) {
      const rows = await ctx.db.query<never>(statement, values);
      if (statement.name === 'submission_submit_leased') throw new Unavailable('The connection broke.');
      return rows;
    },
  };
  await expect(submitTask(watched(worker, cut), { task: 'load', requestId: 'cut' })).rejects.toThrow(/broke/);
  expect([got.length, released()]).toEqual([0, 1]);
  const { id } = await submitTask(ctx, { task: 'load', requestId: 'cut' });
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'running', attempt: 1 });
  const leases = await lease(ctx, session, 100);
  expect(leases.map(({ ref }) => ref.id)).toContain(id);
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'running', failures: 0 });
});
