import { trace } from '@opentelemetry/api';
import { systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { elect, ensureSeat, openDb, SCHEDULER_SEAT, type Db } from '@taskflow/store';
import { createTestDatabase, endNodes, registerWorkflow, sql, type TestDatabase } from '@taskflow/testing';
import type { SchedulerCtx } from '../context.js';
import { silentWake } from '../wake.js';
import { advanceWorkflows } from './advance-workflows.js';
import { cancelWorkflowInstance } from './cancel-workflow.js';
import { createWorkflowInstances } from './create-workflow-instances.js';
import { expireWorkflows } from './expire-workflows.js';
import { rerunWorkflowInstance } from './rerun-workflow.js';
import { createRunMemory, type RunMemory } from './run-memory.js';
import { startWorkflows } from './start-workflows.js';

let database: TestDatabase;
let db: Db;
let ctx: SchedulerCtx;
let memory: RunMemory;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'workflow-run-test' });
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
beforeEach(() => {
  memory = createRunMemory();
});

let names = 0;
const task = (key: string, dependsOn: string[] = [], more: object = {}) => ({
  key,
  depends_on: dependsOn,
  handler: 'noop',
  ...more,
});

async function submit(tasks: object[], more: object = {}, count = 1): Promise<string[]> {
  const name = `w${String((names += 1))}`;
  const versionId = await registerWorkflow(db, { name, tasks, ...more });
  const row = { workflowName: name, versionId, priority: 'normal' as const, nodesTotal: tasks.length };
  const rows = await createWorkflowInstances(
    db,
    Array.from({ length: count }, () => row),
  );
  return rows.map((run) => run.id);
}

async function submitOne(tasks: object[], more: object = {}): Promise<string> {
  const [id = ''] = await submit(tasks, more);
  await startWorkflows(ctx, { memory });
  return id;
}

async function end(id: string, key: string, status: 'success' | 'failed' = 'success', output?: unknown): Promise<void> {
  expect(await endNodes(db, id, [key], { status, output })).toBe(1);
  await advanceWorkflows(ctx, { memory });
}

const nodes = async (id: string): Promise<Record<string, string>> => {
  const rows = await sql<{ node_key: string; status: string }>(
    db,
    'select node_key, status from task_instances where workflow_instance_id = $1 order by id',
    [id],
  );
  return Object.fromEntries(rows.map((row) => [row.node_key, row.status]));
};

const run = async (id: string) => {
  const [row] = await sql<Record<string, unknown>>(
    db,
    'select status, reason, message, output, nodes_done, run_number from workflow_instances where id = $1',
    [id],
  );
  return row;
};

describe('a workflow instance', () => {
  it('O4: starts a task when its own dependencies are done, whatever its siblings do', async () => {
    const id = await submitOne([task('a'), task('slow'), task('b', ['a']), task('join', ['b', 'slow'])]);
    expect(await nodes(id)).toEqual({ a: 'queued', slow: 'queued' });
    await end(id, 'a');
    expect(await nodes(id)).toEqual({ a: 'success', slow: 'queued', b: 'queued' });
    await end(id, 'b');
    expect(await nodes(id)).not.toHaveProperty('join');
    await end(id, 'slow');
    await end(id, 'join', 'success', { rows: 3 });
    expect(await run(id)).toMatchObject({ status: 'success', nodes_done: 4, output: { join: { rows: 3 } } });
  });

  it('creates each task once when changes are told twice or another scheduler’s memory is empty', async () => {
    const id = await submitOne([task('a'), task('b', ['a'])]);
    await end(id, 'a');
    await sql(
      db,
      `insert into workflow_changes (workflow_instance_id, task_instance_id, kind)
       select workflow_instance_id, id, 'task_ended' from task_records where workflow_instance_id = $1 and node_key = 'a'`,
      [id],
    );
    await advanceWorkflows(ctx, { memory: createRunMemory() });
    expect(await nodes(id)).toEqual({ a: 'success', b: 'queued' });
    await endNodes(db, id, ['b']);
    await advanceWorkflows(ctx, { memory: createRunMemory() });
    expect(await run(id)).toMatchObject({ status: 'success', nodes_done: 2 });
  });

  it('loses nothing when the transaction of an advance is cut off', async () => {
    const id = await submitOne([task('a'), task('b', ['a'])]);
    await endNodes(db, id, ['a']);
    const cut: SchedulerCtx = {
      ...ctx,
      db: {
        ...db,
        tx: (work) =>
          db.tx(async (q) => {
            await work(q);
            await sql(q, 'select pg_terminate_backend(pg_backend_pid())');
            throw new Error('cut off');
          }),
      },
    };
    await expect(advanceWorkflows(cut, { memory })).rejects.toThrow();
    expect(await nodes(id)).toEqual({ a: 'success' });
    await advanceWorkflows(ctx, { memory });
    expect(await nodes(id)).toEqual({ a: 'success', b: 'queued' });
  });

  it('finish_running: starts nothing more after a failure, and names what failed', async () => {
    const id = await submitOne([
      task('a'),
      task('b'),
      task('after', ['b']),
      task('clean', ['a', 'b'], { trigger: 'all_done' }),
    ]);
    await end(id, 'a', 'failed');
    expect(await nodes(id)).toMatchObject({ b: 'queued' });
    await end(id, 'b');
    expect(await nodes(id)).toMatchObject({ after: 'skipped', clean: 'queued' });
    await end(id, 'clean');
    expect(await run(id)).toMatchObject({ status: 'failed', reason: 'TASK_FAILED', nodes_done: 4 });
    expect((await run(id))?.['message']).toContain('"a" failed (USER_ERROR)');
    const [skip] = await sql(
      db,
      `select type, reason from task_events where workflow_instance_id = $1 and type = 'skipped'`,
      [id],
    );
    expect(skip).toEqual({ type: 'skipped', reason: 'failure_policy' });
  });

  it('fails for a failed task though a notifier ran, and not for one with allow_failure', async () => {
    const graph = (more: object) => [task('load', [], more), task('tell', ['load'], { trigger: 'one_failed' })];
    const [strict, lenient] = [await submitOne(graph({})), await submitOne(graph({ allow_failure: true }))];
    for (const id of [strict, lenient]) {
      await end(id, 'load', 'failed');
      await end(id, 'tell');
      expect(await nodes(id)).toEqual({ load: 'failed', tell: 'success' });
    }
    expect(await run(strict)).toMatchObject({ status: 'failed', reason: 'TASK_FAILED' });
    expect(await run(lenient)).toMatchObject({ status: 'success', reason: 'SUCCESS' });
  });

  it('fail_fast: cancels what is queued and ends as failed', async () => {
    const id = await submitOne([task('a'), task('b'), task('c', ['b'])], { failure_policy: 'fail_fast' });
    await end(id, 'a', 'failed');
    await advanceWorkflows(ctx, { memory });
    expect(await nodes(id)).toEqual({ a: 'failed', b: 'cancelled', c: 'skipped' });
    expect(await run(id)).toMatchObject({ status: 'failed', reason: 'TASK_FAILED' });
  });

  it('continue: branches that do not need the failed task go on', async () => {
    const id = await submitOne([task('a'), task('b'), task('c', ['b']), task('d', ['a'])], {
      failure_policy: 'continue',
    });
    await end(id, 'a', 'failed');
    await end(id, 'b');
    expect(await nodes(id)).toEqual({ a: 'failed', b: 'success', d: 'skipped', c: 'queued' });
  });

  it('O14: a cancel ends what is queued, asks what runs to end, and then ends the run as cancelled', async () => {
    const id = await submitOne([task('a'), task('b'), task('c', ['a', 'b'])]);
    await sql(
      db,
      `with q as (delete from task_queue where id = (select id from task_records where workflow_instance_id = $1 and node_key = 'a')
                  returning id, lane_id, attempt, flags)
       insert into task_leases (id, attempt, session_id, lane_id, flags) select id, attempt + 1, 1, lane_id, flags from q`,
      [id],
    );
    await cancelWorkflowInstance(ctx, { id, reason: 'no longer wanted' });
    await cancelWorkflowInstance(ctx, { id, reason: 'asked twice' });
    await advanceWorkflows(ctx, { memory });
    await advanceWorkflows(ctx, { memory });
    expect(await nodes(id)).toEqual({ a: 'running', b: 'cancelled' });
    expect(await run(id)).toMatchObject({ status: 'running' });
    const [lease] = await sql<{ id: string; cancel_reason: string | null }>(
      db,
      `select l.id, l.cancel_reason from task_leases l join task_records r on r.id = l.id where r.workflow_instance_id = $1`,
      [id],
    );
    expect(lease?.cancel_reason).not.toBeNull();
    await sql(db, `delete from task_leases where id = $1`, [lease?.id]);
    await sql(
      db,
      `with e as (update task_records set status = 'cancelled', reason = 'CANCELLED', finished_at = now() where id = $1
                  returning workflow_instance_id, id)
       insert into workflow_changes (workflow_instance_id, task_instance_id, kind) select *, 'task_ended' from e`,
      [lease?.id],
    );
    await advanceWorkflows(ctx, { memory });
    expect(await nodes(id)).toEqual({ a: 'cancelled', b: 'cancelled', c: 'skipped' });
    expect(await run(id)).toMatchObject({ status: 'cancelled', reason: 'CANCELLED', message: 'no longer wanted' });
  });

  it('cancels one that has not started at once', async () => {
    const [id = ''] = await submit([task('a')]);
    await cancelWorkflowInstance(ctx, { id });
    await startWorkflows(ctx, { memory });
    expect(await run(id)).toMatchObject({ status: 'cancelled', message: 'cancelled by test' });
    expect(await nodes(id)).toEqual({});
  });

  it('runs again from what failed: successes are kept, their outputs too, attempts count on', async () => {
    const id = await submitOne([task('a'), task('b', ['a']), task('c', ['b']), task('d', ['c'])]);
    await end(id, 'a', 'success', 1);
    await end(id, 'b', 'failed');
    expect(await run(id)).toMatchObject({ status: 'failed' });
    expect(await nodes(id)).toMatchObject({ c: 'skipped', d: 'skipped' });
    await rerunWorkflowInstance(ctx, { id });
    expect(await run(id)).toMatchObject({ status: 'queued', run_number: 2, reason: null });
    await startWorkflows(ctx, { memory: createRunMemory() });
    expect(await nodes(id)).toMatchObject({ a: 'success', b: 'queued' });
    memory = createRunMemory();
    await end(id, 'b');
    await end(id, 'c');
    await end(id, 'd');
    expect(await run(id)).toMatchObject({ status: 'success', nodes_done: 4 });
    const attempts = await sql(
      db,
      `select a.attempt, a.outcome from task_attempts a join task_records r on r.id = a.task_instance_id
        where r.workflow_instance_id = $1 and r.node_key = 'b' order by 1`,
      [id],
    );
    expect(attempts).toEqual([
      { attempt: 1, outcome: 'failed' },
      { attempt: 2, outcome: 'success' },
    ]);
  });

  it('ends again when the re-run fails otherwise and leaves tasks of the first run aside', async () => {
    const id = await submitOne([task('a'), task('b'), task('after', ['a'])], { failure_policy: 'continue' });
    await end(id, 'a', 'failed');
    await end(id, 'b', 'failed');
    await rerunWorkflowInstance(ctx, { id });
    await startWorkflows(ctx, { memory });
    await end(id, 'a', 'failed');
    await end(id, 'b');
    expect(await run(id)).toMatchObject({ status: 'failed', nodes_done: 3 });
    expect(await nodes(id)).toEqual({ a: 'failed', b: 'success', after: 'skipped' });
  });

  it('refuses to run again what has not ended, and says what to do', async () => {
    const id = await submitOne([task('a')]);
    await expect(rerunWorkflowInstance(ctx, { id })).rejects.toThrow(/is running: only one that has ended/);
    await expect(rerunWorkflowInstance(ctx, { id: '999999' })).rejects.toMatchObject({ kind: 'NotFound' });
  });

  it('fails with TIMEOUT when its timeout has passed, and cancels what is left', async () => {
    const id = await submitOne([task('a'), task('b', ['a'])], { timeout: '1h' });
    expect(await expireWorkflows(ctx)).toBe(0);
    await sql(db, `update workflow_instances set deadline_at = now() - interval '1 s' where id = $1`, [id]);
    expect(await expireWorkflows(ctx)).toBe(1);
    await advanceWorkflows(ctx, { memory });
    await advanceWorkflows(ctx, { memory });
    expect(await nodes(id)).toEqual({ a: 'cancelled', b: 'skipped' });
    expect(await run(id)).toMatchObject({ status: 'failed', reason: 'TIMEOUT' });
  });

  it('O5: never runs more of a Workflow at once than its concurrency, the most urgent first', async () => {
    const ids = await submit([task('a')], { concurrency: 2 }, 5);
    await sql(db, `update workflow_instances set priority = 'critical' where id = $1`, [ids[4]]);
    await startWorkflows(ctx, { memory });
    await startWorkflows(ctx, { memory });
    const running = async () =>
      (
        await sql<{ id: string }>(
          db,
          `select id from workflow_instances where id = any ($1) and status = 'running' order by id`,
          [ids],
        )
      ).map((row) => row.id);
    expect(await running()).toEqual([ids[0], ids[4]]);
    await end(ids[4] ?? '', 'a');
    await startWorkflows(ctx, { memory });
    expect(await running()).toEqual([ids[0], ids[1]]);
  });

  it('does not start before its run_at', async () => {
    const [id = ''] = await submit([task('a')]);
    await sql(db, `update workflow_instances set run_at = now() + interval '1 h' where id = $1`, [id]);
    await startWorkflows(ctx, { memory });
    expect(await run(id)).toMatchObject({ status: 'queued' });
  });

  it('keeps to the version that it was started with when the workflow is registered anew', async () => {
    const name = `w${String((names += 1))}`;
    const old = await registerWorkflow(db, { name, tasks: [task('a'), task('b', ['a'])] });
    const [started] = await createWorkflowInstances(db, [
      { workflowName: name, versionId: old, priority: 'normal', nodesTotal: 2 },
    ]);
    const id = started?.id ?? '';
    await startWorkflows(ctx, { memory });
    await registerWorkflow(db, {
      name,
      tasks: [task('a'), { ...task('b', ['a']), handler: 'other', queue: 'elsewhere' }],
    });
    await end(id, 'a');
    const [b] = await sql(
      db,
      `select handler, queue from task_instances where workflow_instance_id = $1 and node_key = 'b'`,
      [id],
    );
    expect(b).toEqual({ handler: 'noop', queue: 'default' });
  });

  it('O5: keeps to the concurrency of a task over all runs, also where a limit’s key cannot be resolved', async () => {
    const limits = [{ key: 'tenant-{{ params.tenant }}', max: 1 }];
    const ids = await submit([task('a', [], { limits, concurrency: 5 })], {}, 3);
    await startWorkflows(ctx, { memory });
    const waiting = await sql<{ status: string; waiting_for: string }>(
      db,
      `select status, waiting_for from task_instances where workflow_instance_id = any ($1) order by id`,
      [ids],
    );
    expect(waiting.map((row) => row.waiting_for.replace(/queue .*/, 'queue'))).toEqual([
      'no_worker(queue',
      'concurrency(tenant-{{ params.tenant }})',
      'concurrency(tenant-{{ params.tenant }})',
    ]);
  });

  it('passes priority, trace and the static part of params on to its tasks', async () => {
    const name = `w${String((names += 1))}`;
    const params = { size: 3, from: '{{ params.day }}' };
    const versionId = await registerWorkflow(db, {
      name,
      params: { type: 'object', properties: { day: { type: 'string' } } },
      tasks: [task('a', [], { params })],
    });
    const traceParent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await createWorkflowInstances(db, [
      { workflowName: name, versionId, priority: 'high', nodesTotal: 1, traceParent },
    ]);
    await startWorkflows(ctx, { memory });
    const [row] = await sql(db, `select priority, trace_parent, params from task_records where task_name = $1`, [
      `${name}.a`,
    ]);
    expect(row).toEqual({ priority: 'high', trace_parent: traceParent, params });
  });
});
