import { context, trace } from '@opentelemetry/api';
import { startRuntime } from '@taskflow/runtime';
import { openApi, type TestApi } from '../test/open-api.js';
import { connectStream, success, type TestWorker } from '../test/test-worker.js';

let served: TestApi;
let worker: TestWorker;

beforeAll(async () => {
  served = await openApi();
  const specs = [
    { kind: 'task', spec: { name: 'load', params: { type: 'object', properties: { n: { type: 'integer' } } } } },
    { kind: 'task', spec: { name: 'nightly', schedule: { cron: '0 6 * * *', timezone: 'America/New_York' } } },
    {
      kind: 'workflow',
      spec: { name: 'pipeline', tasks: [{ key: 'load' }, { key: 'next', task: 'load', depends_on: ['load'] }] },
    },
  ];
  await served.rest('POST', '/v1/definitions:apply', { definitions: specs });
  worker = await connectStream(served.clients, { handlers: ['load'] });
});
afterAll(async () => {
  await worker.disconnect();
  await served.close();
});

const task = (more: object = {}) => ({
  task: 'load',
  paramsJson: '',
  priority: '',
  requestId: '',
  queue: '',
  ...more,
});
const workflow = (more: object = {}) => ({
  workflow: 'pipeline',
  paramsJson: '',
  priority: '',
  requestId: '',
  ...more,
});

async function runOne(output: unknown = null): Promise<string> {
  const { id } = await served.clients.submissions.submitTask(task());
  const [lease] = await worker.lease(1);
  await worker.complete(success(lease!, output));
  return id;
}

describe('definitions', () => {
  it('are applied, and applied again without a change', async () => {
    const definitions = [{ kind: 'task', specJson: '{"name":"twice"}' }];
    const first = await served.clients.definitions.applyDefinitions({ definitions });
    expect(first.definitions).toMatchObject([{ kind: 'task', name: 'twice', change: 'created' }]);
    const second = await served.clients.definitions.applyDefinitions({ definitions });
    expect(second.definitions).toMatchObject([{ change: 'unchanged', versionId: first.definitions[0]?.versionId }]);
  });

  it('are validated without being stored', async () => {
    const definitions = [{ kind: 'task', spec: { name: 'unseen' } }];
    expect(await served.rest('POST', '/v1/definitions:validate', { definitions })).toMatchObject({
      status: 200,
      body: { definitions: [{ name: 'unseen', change: 'created' }] },
    });
    expect(await served.rest('GET', '/v1/tasks/unseen')).toMatchObject({ status: 404 });
  });

  it('are read, listed page by page and turned off', async () => {
    expect(await served.rest('GET', '/v1/tasks/load')).toMatchObject({
      status: 200,
      body: { task: { name: 'load', active: true, queue: 'default', spec: { name: 'load' } } },
    });
    const { body } = await served.rest('GET', '/v1/tasks?pageSize=1');
    const { nextPageToken } = body as { nextPageToken: string };
    const next = await served.rest('GET', `/v1/tasks?pageSize=1000&pageToken=${nextPageToken}`);
    expect((next.body as { tasks: { name: string }[] }).tasks.map(({ name }) => name)).toContain('nightly');
    expect(await served.rest('POST', '/v1/tasks/nightly:setActive', { active: false })).toMatchObject({
      body: { task: { active: false } },
    });
    expect(await served.rest('GET', '/v1/tasks?active=false')).toMatchObject({
      body: { tasks: [{ name: 'nightly' }] },
    });
    await served.rest('POST', '/v1/tasks/nightly:setActive', { active: true });
    expect(await served.rest('GET', '/v1/workflows/pipeline')).toMatchObject({ body: { workflow: { active: true } } });
    expect(await served.rest('GET', '/v1/workflows')).toMatchObject({ body: { workflows: [{ name: 'pipeline' }] } });
    expect(await served.rest('POST', '/v1/workflows/pipeline:setActive', { active: true })).toMatchObject({
      status: 200,
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['no JSON', { kind: 'task', specJson: '{' }, /definitions\[0\]\.spec_json: is not JSON/],
    ['an unknown kind', { kind: 'tusk', specJson: '{"name":"x"}' }, /definitions\[0\]\.kind: got "tusk"/],
    ['an unknown field', { kind: 'task', specJson: '{"name":"x","retrys":1}' }, /retrys/],
    ['a bad cron', { kind: 'task', specJson: '{"name":"x","schedule":"99 * * * *"}' }, /schedule/],
    [
      'a bad zone',
      { kind: 'task', specJson: '{"name":"x","schedule":{"cron":"0 * * * *","timezone":"Mars/Base"}}' },
      /Mars\/Base/,
    ],
    [
      'a cycle',
      {
        kind: 'workflow',
        specJson:
          '{"name":"x","tasks":[{"key":"a","task":"load","depends_on":["b"]},{"key":"b","task":"load","depends_on":["a"]}]}',
      },
      /a → b → a|b → a → b/,
    ],
  ])('with %s are refused with the place', async (_name, definition, message) => {
    const applying = served.clients.definitions.applyDefinitions({ definitions: [definition as never] });
    await expect(applying).rejects.toMatchObject({ name: 'InvalidInput', message: expect.stringMatching(message) });
  });
});

describe('submissions', () => {
  it('of one are made once per request id', async () => {
    const request = task({ requestId: 'r-1', runAt: new Date('2100-01-01') });
    const first = await served.clients.submissions.submitTask(request);
    expect(first.created).toBe(true);
    expect(await served.clients.submissions.submitTask(request)).toEqual({ ...first, created: false });
  });

  it('of a batch are answered one by one; a bad one stops no other', async () => {
    const items = [
      { task: task({ params: undefined, paramsJson: undefined }) },
      { task: { task: 'laod' } },
      { task: { task: 'load', params: { n: 'x' } } },
      { workflow: { workflow: 'pipeline', runAt: '2100-01-01T00:00:00Z' } },
    ].map((item) => JSON.parse(JSON.stringify(item)) as object);
    items[0] = { task: { task: 'load', runAt: '2100-01-01T00:00:00Z' } };
    const { status, body } = await served.rest('POST', '/v1/submissions:batch', { submissions: items });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      results: [
        { id: expect.stringMatching(/^\d+$/), created: true },
        { created: false, error: { message: expect.stringContaining('load') } },
        { created: false, error: { reason: 'INVALID_INPUT', field: expect.stringContaining('n') } },
        { id: expect.stringMatching(/^\d+$/), created: true },
      ],
    });
  });

  it('of a stream are summed up, with the place of what was refused', async () => {
    const good = { item: { $case: 'task' as const, value: task({ runAt: new Date('2100-01-01') }) } };
    const bad = { item: { $case: 'task' as const, value: task({ task: 'laod' }) } };
    const messages = [{ submissions: [good, good] }, { submissions: [] }, { submissions: [good, bad, good] }];
    expect(await served.clients.submissions.submitStream(messages)).toMatchObject({
      accepted: 4n,
      refused: 1n,
      refusals: [{ index: 3n, error: { message: expect.stringContaining('laod') } }],
    });
  });

  it.each<[string, object, object]>([
    ['an unknown task', { task: 'laod' }, { name: 'NotFound', message: expect.stringContaining('load') }],
    [
      'params that break their schema',
      { paramsJson: '{"n":"x"}' },
      { name: 'InvalidInput', violations: [{ field: expect.stringContaining('n') }] },
    ],
    ['params that are no JSON', { paramsJson: '{' }, { name: 'InvalidInput' }],
    [
      'params that are too large',
      { paramsJson: JSON.stringify({ x: 'x'.repeat(300_000) }) },
      { name: 'InvalidInput', message: expect.stringContaining('256 KiB') },
    ],
    [
      'an unknown priority',
      { priority: 'urgent' },
      { name: 'InvalidInput', message: expect.stringContaining('critical') },
    ],
    [
      'an unknown scope',
      { unique: { key: 'k', scope: 'forever', onConflict: '' } },
      { name: 'InvalidInput', message: expect.stringContaining('forever') },
    ],
    [
      'a negative ttl',
      { unique: { key: 'k', scope: 'ttl', onConflict: '', ttl: { seconds: -5n, nanos: 0 } } },
      { name: 'InvalidInput', message: expect.stringContaining('unique.ttl') },
    ],
    ['a NUL in the name', { task: 'a\0b' }, { name: 'InvalidInput', reason: 'UNSTORABLE_TEXT' }],
    ['a moment that no calendar has', { runAt: new Date(8.64e15) }, { name: 'InvalidInput' }],
  ])('with %s are refused', async (_name, more, error) => {
    await expect(served.clients.submissions.submitTask(task(more))).rejects.toMatchObject(error);
  });

  it('of an unknown workflow are refused', async () => {
    await expect(served.clients.submissions.submitWorkflow(workflow({ workflow: 'x' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
    expect(await served.clients.submissions.submitWorkflow(workflow({ runAt: new Date('2100-01-01') }))).toMatchObject({
      created: true,
    });
  });

  it('that are rejected for their unique key name the instance that has it', async () => {
    const unique = { key: 'only', scope: '', onConflict: 'reject', ttl: undefined };
    const { id } = await served.clients.submissions.submitTask(task({ unique, runAt: new Date('2100-01-01') }));
    await expect(served.clients.submissions.submitTask(task({ unique }))).rejects.toMatchObject({
      name: 'AlreadyExists',
      metadata: { id },
    });
  });

  it('carry on the trace of their caller to the worker', async () => {
    const { tracer } = await startRuntime({ service: 'caller', logLevel: 'silent' });
    const span = tracer.startSpan('caller');
    const active = trace.setSpan(context.active(), span);
    const { id } = await context.with(active, () => served.clients.submissions.submitTask(task()));
    const [lease] = await worker.lease(1);
    expect(lease).toMatchObject({ ref: { id }, traceParent: expect.stringContaining(span.spanContext().traceId) });
    expect(lease?.traceParent).not.toContain(span.spanContext().spanId);
    await worker.complete(success(lease!));
  });
});

describe('instances', () => {
  it('are read with all that is known of them', async () => {
    const id = await runOne({ rows: 3 });
    expect(await served.rest('GET', `/v1/task-instances/${id}`)).toMatchObject({
      status: 200,
      body: { instance: { id, task: 'load', status: 'success', attempt: 1, output: { rows: 3 }, worker: 'w1' } },
    });
    expect(await served.rest('GET', `/v1/task-instances/${id}/attempts`)).toMatchObject({
      body: { attempts: [{ attempt: 1, outcome: 'success', worker: 'w1' }] },
    });
    const events = await served.rest('GET', `/v1/task-instances/${id}/events`);
    expect((events.body as { events: { type: string }[] }).events.map(({ type }) => type)).toEqual([
      'submitted',
      'leased',
      'success',
    ]);
    expect(await served.rest('GET', `/v1/task-instances/${id}/logs`)).toMatchObject({
      status: 200,
      body: { lines: [] },
    });
    const list = await served.rest('GET', '/v1/task-instances?status=success&task=load&pageSize=1');
    expect(list).toMatchObject({ body: { instances: [{ id, status: 'success' }] } });
  });

  it('are waited for until they end', async () => {
    const { id } = await served.clients.submissions.submitTask(task());
    const waiting = served.clients.instances.waitTaskInstance({ id, timeout: undefined });
    const [lease] = await worker.lease(1);
    await worker.complete(success(lease!));
    expect(await waiting).toMatchObject({ ended: true, instance: { status: 'success' } });
    expect(await served.rest('GET', `/v1/task-instances/${id}:wait?timeout=0s`)).toMatchObject({
      body: { ended: true },
    });
  });

  it('are waited for no longer than asked', async () => {
    const { id } = await served.clients.submissions.submitTask(task({ runAt: new Date('2100-01-01') }));
    const timeout = { seconds: 0n, nanos: 5e7 };
    expect(await served.clients.instances.waitTaskInstance({ id, timeout })).toMatchObject({
      ended: false,
      instance: { status: 'queued' },
    });
  });

  it('have their lines followed until they end', async () => {
    const { id } = await served.clients.submissions.submitTask(task());
    const [lease] = await worker.lease(1);
    const line = (seq: number) => ({ seq: BigInt(seq), stream: 'stdout', at: new Date(), line: `line ${seq}` });
    await worker.log({ ref: lease!.ref, lines: [line(1)] });
    const seen: string[] = [];
    for await (const { lines } of served.clients.instances.tailTaskLogs({ id, pageToken: '' })) {
      seen.push(...lines.map((each) => each.line));
      if (seen.length > 1) continue;
      await worker.log({ ref: lease!.ref, lines: [line(2), line(3)] });
      await worker.complete(success(lease!));
    }
    expect(seen).toEqual(['line 1', 'line 2', 'line 3']);
  });

  it('are cancelled, again without harm, and run again', async () => {
    const { id } = await served.clients.submissions.submitTask(task());
    for (let i = 0; i < 2; i += 1) {
      expect(await served.rest('POST', `/v1/task-instances/${id}:cancel`, { reason: 'not needed' })).toMatchObject({
        body: { instance: { status: 'cancelled' } },
      });
    }
    expect(await served.rest('POST', `/v1/task-instances/${id}:retry`, {})).toMatchObject({
      body: { instance: { status: 'queued' } },
    });
    expect(await served.rest('POST', `/v1/task-instances/${id}:retry`, {})).toMatchObject({
      status: 409,
      body: { error: { code: 'FAILED_PRECONDITION' } },
    });
    const [lease] = await worker.lease(1);
    await worker.complete(success(lease!));
  });

  it('of workflows are read, listed, waited for, cancelled and run again', async () => {
    const { id } = await served.clients.submissions.submitWorkflow(workflow());
    expect(await served.rest('GET', `/v1/workflow-instances/${id}`)).toMatchObject({
      body: { instance: { id, workflow: 'pipeline', status: 'queued' }, tasks: [], spec: { name: 'pipeline' } },
    });
    expect(await served.rest('GET', '/v1/workflow-instances?workflow=pipeline&status=queued&pageSize=1')).toMatchObject(
      { body: { instances: [{ id }] } },
    );
    expect(await served.rest('POST', `/v1/workflow-instances/${id}:retry`, {})).toMatchObject({ status: 409 });
    const waiting = served.clients.instances.waitWorkflowInstance({ id, timeout: undefined });
    expect(await served.rest('POST', `/v1/workflow-instances/${id}:cancel`, {})).toMatchObject({
      body: { instance: { status: 'cancelled' } },
    });
    expect(await waiting).toMatchObject({ ended: true, instance: { status: 'cancelled' } });
    const events = await served.rest('GET', `/v1/workflow-instances/${id}/events`);
    expect(events.status).toBe(200);
    expect(await served.rest('POST', `/v1/workflow-instances/${id}:retry`, {})).toMatchObject({ status: 200 });
  });

  it('that recur are shown with their newest', async () => {
    expect(await served.rest('GET', '/v1/recurring-latest')).toMatchObject({
      body: { items: [{ kind: 'task', name: 'nightly', nextAt: expect.any(String) }] },
    });
  });

  it.each<[string, string, number, RegExp]>([
    ['GET', '/v1/task-instances/999999999', 404, /task instance 999999999/],
    ['GET', '/v1/task-instances/abc', 400, /id: got "abc"/],
    ['GET', '/v1/task-instances?status=done', 400, /done/],
    ['GET', '/v1/task-instances?pageSize=5000', 400, /page_size: got 5000/],
    ['GET', '/v1/task-instances?pageToken=zzz', 400, /page_token/],
    ['GET', '/v1/task-instances/999999999/attempts', 404, /999999999/],
    ['GET', '/v1/task-instances/999999999/events', 404, /999999999/],
    ['GET', '/v1/task-instances/999999999/logs', 404, /999999999/],
    ['GET', '/v1/task-instances/999999999:wait', 404, /999999999/],
    ['GET', '/v1/task-instances/1:wait?timeout=1h', 400, /timeout: got "3600s"/],
    ['POST', '/v1/task-instances/999999999:cancel', 404, /999999999/],
    ['POST', '/v1/task-instances/999999999:retry', 404, /999999999/],
    ['GET', '/v1/workflow-instances/999999999', 404, /999999999/],
    ['GET', '/v1/workflow-instances?status=skipped', 400, /skipped/],
    ['GET', '/v1/workflow-instances/999999999:wait', 404, /999999999/],
    ['GET', '/v1/workflow-instances/999999999/events', 404, /999999999/],
    ['POST', '/v1/workflow-instances/999999999:cancel', 404, /999999999/],
    ['POST', '/v1/workflow-instances/999999999:retry', 404, /999999999/],
    ['GET', '/v1/workflows/none', 404, /none/],
    ['POST', '/v1/tasks/none:setActive', 404, /none/],
    ['GET', '/v1/schedules/999999999', 404, /999999999/],
    ['GET', '/v1/schedules/x', 400, /id: got "x"/],
    ['POST', '/v1/schedules/999999999:pause', 404, /999999999/],
    ['POST', '/v1/schedules/999999999:resume', 404, /999999999/],
    ['GET', '/v1/schedules/999999999/slots', 404, /999999999/],
    ['POST', '/v1/schedules:preview', 400, /spec/],
  ])('%s %s is answered with %i', async (method, path, status, message) => {
    const answer = await served.rest(method, path, method === 'POST' ? {} : undefined);
    expect(answer).toMatchObject({ status, body: { error: { message: expect.stringMatching(message) } } });
  });
});

describe('schedules', () => {
  it('are listed, read, paused, resumed and previewed', async () => {
    const { body } = await served.rest('GET', '/v1/schedules?target=nightly');
    const [schedule] = (body as { schedules: { id: string; spec: object }[] }).schedules;
    const id = schedule?.id ?? '';
    expect(await served.rest('GET', `/v1/schedules/${id}`)).toMatchObject({
      body: {
        schedule: {
          target: 'nightly',
          description: expect.stringContaining('06:00'),
          spec: { timezone: 'America/New_York' },
        },
      },
    });
    expect(await served.rest('POST', `/v1/schedules/${id}:pause`, {})).toMatchObject({
      body: { schedule: { pausedAt: expect.any(String) } },
    });
    const resumed = await served.rest('POST', `/v1/schedules/${id}:resume`, {});
    expect((resumed.body as { schedule: object }).schedule).not.toHaveProperty('pausedAt');
    const preview = await served.rest('POST', '/v1/schedules:preview', { id, count: 2, after: '2026-11-24T00:00:00Z' });
    expect(preview.body).toMatchObject({ slots: ['2026-11-24T11:00:00.000Z', '2026-11-25T11:00:00.000Z'] });
    expect(await served.rest('POST', '/v1/schedules:preview', { spec: '*/5 * * * *', count: 1 })).toMatchObject({
      body: { timezone: 'UTC' },
    });
    expect(await served.rest('GET', `/v1/schedules/${id}/slots`)).toMatchObject({ status: 200, body: { slots: [] } });
    expect(await served.rest('POST', '/v1/schedules:preview', { spec: '61 * * * *' })).toMatchObject({ status: 400 });
  });
});
