import type { TaskDefinition } from '@taskflow/domain';
import { applyDefinitions } from '../definition/apply-definitions.js';
import { submitBatch } from '../submission/submit-batch.js';
import { completeTasks, type CompletionAck } from '../task/complete-tasks.js';
import { leaseTasks } from '../task/lease-tasks.js';
import type { LeasedTask } from '../task/prepare-lease.js';
import type { CompletionInput } from '../task/read-completion.js';
import { openSession, type OpenedSession, type OpenSessionInput } from '../worker/open-session.js';
import type { TestContext } from './open-context.js';

/** Registers Tasks as a user would. */
export async function defineTasks(ctx: TestContext, ...specs: (Partial<TaskDefinition> | object)[]): Promise<void> {
  await applyDefinitions(ctx, { definitions: specs.map((spec) => ({ kind: 'task' as const, spec })) });
}

/** Submits instances of a Task; gives their ids in order. */
export async function submit(
  ctx: TestContext,
  task: string,
  count = 1,
  more: Partial<Parameters<typeof submitBatch>[1]['submissions'][number]> = {},
): Promise<string[]> {
  const submissions = Array.from({ length: count }, () => ({ ...more, kind: 'task' as const, task }));
  const results = await submitBatch(ctx, { submissions });
  return results.map((result) => {
    if ('error' in result) throw result.error;
    return result.id;
  });
}

/** Connects a worker with these handlers. */
export function connect(
  ctx: TestContext,
  worker: string,
  more: Partial<OpenSessionInput> = {},
): Promise<OpenedSession> {
  return openSession(ctx, {
    protocol: 1,
    worker,
    process: `${worker}-1`,
    host: 'localhost',
    version: '1.0.0',
    queues: [],
    tasks: [],
    handlers: ['load'],
    labels: {},
    slots: 10,
    held: [],
    api: 'api-1',
    ...more,
  });
}

export function lease(ctx: TestContext, session: OpenedSession, credits = 1): Promise<LeasedTask[]> {
  return leaseTasks(ctx, { laneIds: session.laneIds, demand: [{ sessionId: session.sessionId, credits }] });
}

export async function complete(
  ctx: TestContext,
  leases: readonly LeasedTask[],
  more: Partial<CompletionInput> = {},
): Promise<CompletionAck['result'][]> {
  const completions = leases.map(({ ref }) => ({ outcome: 'success' as const, ...more, ref }));
  return (await completeTasks(ctx, { completions })).map((ack) => ack.result);
}

/** What `task show` says. */
export async function statusOf(ctx: TestContext, id: string): Promise<Record<string, unknown>> {
  const [row] = await ctx.sql<Record<string, unknown>>(
    `select status, attempt, reason, failures, losses from task_instances where id = $1`,
    [id],
  );
  return row ?? {};
}

/** Makes the heartbeats of a session stop long ago. */
export async function silence(ctx: TestContext, sessionId: string): Promise<void> {
  await ctx.sql(`update worker_sessions set lease_until = clock_timestamp() - interval '1 s' where id = $1`, [
    sessionId,
  ]);
}

/** The elected scheduler of this database. */
export async function elected(ctx: TestContext): Promise<TestContext & { term: string }> {
  await ctx.sql(
    `insert into leadership (name, term, holder, lease_until) values ('scheduler', 1, 'test', 'infinity') on conflict do nothing`,
  );
  return { ...ctx, actor: 'scheduler', term: '1' };
}
