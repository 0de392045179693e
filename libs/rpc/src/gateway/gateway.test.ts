import { NotFound, QuotaExceeded, Unavailable } from '@taskflow/domain';
import { InstanceServiceService, TaskInstance } from '@taskflow/proto/taskflow/v1/instances.js';
import { SubmissionServiceService, type SubmitTaskRequest } from '@taskflow/proto/taskflow/v1/submissions.js';
import { silentLogger, startTelemetry } from '@taskflow/runtime';
import { bindService, type Call, type Handlers } from '../server/server.js';
import { createGateway, type Gateway } from './gateway.js';

let gateway: Gateway;
let base: string;
let ready = false;
let submitted: SubmitTaskRequest[];
let calls: Call[];

const instances = {
  getTaskInstance: async ({ id }: { id: string }, call: Call) => {
    calls.push(call);
    if (id === '404') throw new NotFound('There is no task instance 404.');
    if (id === '429') throw new QuotaExceeded('slow down', { retryAfterMs: 1500 });
    if (id === '503') throw new Unavailable('away', { reason: 'DATABASE_DOWN' });
    if (id === '500') throw new Error('password=hunter2');
    return { instance: TaskInstance.fromPartial({ id, task: 'load', paramsJson: '{"n":1}' }) };
  },
};
const submissions = {
  submitTask: async (request: SubmitTaskRequest) => {
    submitted.push(request);
    return { id: '1', created: false };
  },
};

beforeAll(async () => {
  const { tracer } = await startTelemetry({ service: 'test', version: '0' });
  gateway = createGateway({
    logger: silentLogger(),
    tracer,
    host: '127.0.0.1',
    port: 0,
    portVariable: 'TASKFLOW_HTTP_PORT',
    services: [
      bindService(InstanceServiceService, instances as unknown as Handlers<typeof InstanceServiceService>),
      bindService(SubmissionServiceService, submissions as unknown as Handlers<typeof SubmissionServiceService>),
    ],
    readiness: () => ({ ready, detail: ready ? 'ok' : 'the database is away' }),
  });
  base = `http://127.0.0.1:${await gateway.start()}`;
});
beforeEach(() => {
  submitted = [];
  calls = [];
});
afterAll(() => gateway.stop());

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(base + path, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
}
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  call(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

test('a GET is the RPC, with JSON fields as JSON', async () => {
  expect(await call('/v1/task-instances/7')).toMatchObject({
    status: 200,
    body: { instance: { id: '7', task: 'load', params: { n: 1 } } },
  });
});

test('a POST is the RPC; false is said', async () => {
  const answer = await post('/v1/task-instances', '{"task":"load","params":{"n":1},"unique":{"key":"k","ttl":"90s"}}');
  expect(answer).toMatchObject({ status: 200, body: { id: '1', created: false } });
  expect(submitted).toMatchObject([
    { task: 'load', paramsJson: '{"n":1}', unique: { key: 'k', ttl: { seconds: 90n, nanos: 0 } } },
  ]);
});

test.each([
  ['404', 404, 'NOT_FOUND'],
  ['429', 429, 'RESOURCE_EXHAUSTED'],
  ['503', 503, 'UNAVAILABLE'],
  ['500', 500, 'INTERNAL'],
])('a failure of the handler is answered by the table: %s', async (id, status, code) => {
  const answer = await call(`/v1/task-instances/${id}`, { headers: { 'x-request-id': 'mine-1' } });
  expect(answer).toMatchObject({ status, body: { error: { code, requestId: 'mine-1' } } });
  expect(answer.headers.get('x-request-id')).toBe('mine-1');
  expect(JSON.stringify(answer.body)).not.toContain('hunter2');
  expect(answer.headers.get('retry-after')).toBe(id === '429' ? '2' : null);
});

test('the trace of the caller is continued', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  await call('/v1/task-instances/7', { headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` } });
  expect(calls[0]?.traceParent).toMatch(new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
});

describe('bad input', () => {
  it.each([
    ['an unknown field', '{"tasc":"load"}', 400, /tasc: there is no such field; did you mean "task"/],
    ['no JSON', '{"task":', 400, /The body is not JSON/],
    ['a list', '[]', 400, /wanted an object/],
    ['a body over 1 MiB', `{"task":"${'x'.repeat(1024 * 1024)}"}`, 413, /1048576 bytes \(1 MiB\)/],
  ])('%s', async (_name, body, status, message) => {
    const answer = await post('/v1/task-instances', body);
    expect(answer).toMatchObject({
      status,
      body: { error: { code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) } },
    });
    expect(submitted).toEqual([]);
  });

  it('a body that is not declared as JSON', async () => {
    const answer = await post('/v1/task-instances', '{}', { 'content-type': 'text/plain' });
    expect(answer).toMatchObject({ status: 415, body: { error: { reason: 'BAD_CONTENT_TYPE' } } });
  });

  it('a path that is not served, or not by this method', async () => {
    expect(await call('/v1/nothing')).toMatchObject({ status: 404, body: { error: { reason: 'NO_SUCH_ROUTE' } } });
    expect(await call('/')).toMatchObject({ status: 404 });
    expect(await call('/v1/task-instances/7', { method: 'DELETE' })).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining('served for GET') } },
    });
  });

  it('a path with broken percent-encoding', async () => {
    expect(await call('/v1/task-instances/%zz')).toMatchObject({ status: 400 });
  });

  it('a change asked for by a page of another site', async () => {
    const answer = await post('/v1/task-instances', '{"task":"load"}', { 'sec-fetch-site': 'cross-site' });
    expect(answer).toMatchObject({ status: 403 });
    expect(submitted).toEqual([]);
  });
});

test('an address that is none is refused as every other request is', async () => {
  const { status, body } = await call('/v1/task-instances/%ff');
  expect(status).toBe(400);
  expect(body).toMatchObject({
    error: { code: 'INVALID_ARGUMENT', reason: 'BAD_REQUEST', requestId: expect.any(String) },
  });
});

test('the OpenAPI document is served', async () => {
  const { body } = await call('/v1/openapi.json');
  expect(body).toMatchObject({ openapi: '3.1.0', paths: { '/v1/task-instances': { post: {} } } });
});

test('health is the process, readiness is what it needs', async () => {
  expect(await call('/healthz')).toMatchObject({ status: 200 });
  expect(await call('/readyz')).toMatchObject({ status: 503, body: { detail: 'the database is away' } });
  ready = true;
  expect(await call('/readyz')).toMatchObject({ status: 200 });
});

test('a busy port is named with its variable', async () => {
  const { tracer } = await startTelemetry({ service: 'test', version: '0' });
  const port = Number(new URL(base).port);
  const options = { host: '127.0.0.1', port, portVariable: 'TASKFLOW_HTTP_PORT', services: [] };
  const second = createGateway({
    ...options,
    logger: silentLogger(),
    tracer,
    readiness: () => ({ ready: true, detail: '' }),
  });
  await expect(second.start()).rejects.toMatchObject({
    reason: 'PORT_IN_USE',
    message: expect.stringContaining('TASKFLOW_HTTP_PORT'),
  });
});
