import { openContext, type TestContext } from '../test/open-context.js';
import { holdHere } from '../test/push-bench.js';
import { defineTasks, submit } from '../test/worker-bench.js';
import { claimJobs } from './claim-jobs.js';
import type { PushCtx } from './push-context.js';

let ctx: TestContext;
let push: PushCtx;

beforeAll(async () => {
  ctx = await openContext();
  push = await holdHere(ctx);
});
afterAll(() => ctx.close());

async function pushOf(task: string, paramsJson = '{}'): Promise<{ id: string; spec: { push?: unknown } | undefined }> {
  const [id = ''] = await submit(ctx, task, 1, { paramsJson });
  await claimJobs(push, {
    limit: 100,
    deploymentId: 'd',
    nameFor: ({ taskInstanceId }) => `n-${taskInstanceId}`,
    scopeFor: () => ({}),
    validate: () => [],
  });
  const [row] = await ctx.sql<{ spec: { push?: unknown } }>(`select spec from push_jobs where task_instance_id = $1`, [
    id,
  ]);
  return { id, spec: row?.spec };
}

const params = {
  type: 'object',
  properties: {
    cpus: { type: 'number', default: 1, maximum: 8 },
    tags: { type: 'object' },
    region: { type: 'string' },
  },
};

test('params of an instance fill its push, with values of their own type', async () => {
  const spec = {
    vcpus: '{{ params.cpus }}',
    tags: '{{ params.tags }}',
    queue: 'jobs-{{ params.region }}',
    keep: '\\{{ x }}',
  };
  await defineTasks(ctx, { name: 'sized', bash: 'true', push_destination: 'here', params, push: spec });
  const { spec: stored } = await pushOf('sized', '{"cpus": 4, "tags": {"team": "a"}, "region": "eu"}');
  expect(stored?.push).toEqual({ vcpus: 4, tags: { team: 'a' }, queue: 'jobs-eu', keep: '{{ x }}' });
  await expect(submit(ctx, 'sized', 1, { paramsJson: '{"cpus": 99}' })).rejects.toThrow(/params\.cpus/);
});

test('a reference that leads nowhere ends its instance, and says which', async () => {
  const missing = await pushOf('sized', '{"region": "eu"}');
  const [row] = await ctx.sql(`select status, reason, message from task_instances where id = $1`, [missing.id]);
  expect(row).toEqual({
    status: 'failed',
    reason: 'INVALID_PARAMS',
    message: expect.stringContaining('push.tags: {{ params.tags }} does not exist'),
  });
});

test.each([
  ['{{ nothing }}', /push\.image.*is no reference/],
  ['{{ tasks.x.output }}', /push\.image.*params or run/],
])('a Task whose push says %s is refused', async (image, fault) => {
  const definition = { name: 'bad', bash: 'true', push_destination: 'here', push: { image } };
  await expect(defineTasks(ctx, definition)).rejects.toThrow(fault);
});
