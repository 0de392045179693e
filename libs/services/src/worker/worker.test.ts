import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '@taskflow/runtime';
import { NotFound, client, task, workflow, type TaskflowClient } from '@taskflow/sdk';
import { openApi, startApi, testRuntime, type TestApi } from '../test/open-api.js';
import type { Api } from '../api/api.js';
import { createWorker, workerConfig, type Worker } from './worker.js';

const MODULE = `
import { NonRetryableError, task, workflow } from '@taskflow/sdk';
export const double = task({ name: 'double', run: (_context: unknown, params: { n?: number }) => ({ n: 2 * (params.n ?? 0) }) });
export const flaky = task({
  name: 'flaky', retries: 1, retryDelay: '0s',
  run(context) { if (context.attempt === 1) throw new Error('at first'); return context.attempt; },
});
export const final = task({ name: 'final', retries: 3, run() { throw new NonRetryableError('no use'); } });
export const slow = task({
  name: 'slow',
  run: (context) => new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 3000, 'done');
    context.signal.addEventListener('abort', () => (clearTimeout(timer), reject(context.signal.reason)));
  }),
});
const shout = task({ name: 'shout', params: { type: 'object', properties: { text: { type: 'string' } } },
  bash: 'echo "$TASKFLOW_PARAM_TEXT"; printf \\'"%s"\\' "\${TASKFLOW_PARAM_TEXT^^}" > "$TASKFLOW_OUTPUT"' });
export { shout };
`;

let folder: string;
let api: TestApi;
let worker: Worker;
let taskflow: TaskflowClient;
let next: Api | undefined;

beforeAll(async () => {
  // Within the project, so that the module finds the package by its name.
  folder = mkdtempSync(join(fileURLToPath(new URL('.', import.meta.url)), 'modules-'));
  writeFileSync(join(folder, 'tasks.ts'), MODULE);
  api = await openApi();
  worker = await startWorker();
  taskflow = client({ address: api.address });
});

afterAll(async () => {
  taskflow.close();
  await worker.stop();
  await next?.stop();
  await api.close();
  rmSync(folder, { recursive: true });
});

async function startWorker(environment: Record<string, string> = {}): Promise<Worker> {
  const config = parseConfig(workerConfig, {
    TASKFLOW_API_ADDRESS: api.address,
    TASKFLOW_WORKER_LOAD: join(folder, 'tasks.ts'),
    TASKFLOW_SHUTDOWN_TIMEOUT: '200ms',
    ...environment,
  });
  const started = createWorker(await testRuntime(), config);
  await started.start();
  return started;
}

test('registers the tasks of a module and runs what is submitted', async () => {
  expect(worker.health()).toEqual({ ok: true, detail: '', running: 0 });
  const handle = await taskflow.submit({ task: 'double' }, { n: 21 });
  expect(await handle.result()).toEqual({ n: 42 });
  expect(await handle.get()).toMatchObject({ status: 'success', attempt: 1 });
});

test('runs commands, with their log', async () => {
  const handle = await taskflow.submit({ task: 'shout' }, { text: 'hello' });
  expect(await handle.result()).toBe('HELLO');
  const { lines } = await taskflow.services.instances.listTaskLogs({
    id: handle.id,
    pageSize: 0,
    pageToken: '',
    attempt: 0,
  });
  expect(lines.map(({ stream, line }) => [stream, line])).toEqual([['stdout', 'hello']]);
});

test('a failed attempt is retried, a final one is not', async () => {
  expect(await (await taskflow.submit({ task: 'flaky' })).result()).toBe(2);
  const failed = taskflow.submit({ task: 'final' }).then((handle) => handle.result());
  await expect(failed).rejects.toMatchObject({ name: 'InstanceFailed', status: 'failed', reason: 'USER_ERROR' });
  await expect(failed).rejects.toThrow(/ended as failed \(USER_ERROR: NonRetryableError: no use\)/);
});

test('a cancel reaches the handler', async () => {
  const handle = await taskflow.submit({ task: 'slow' });
  while ((await handle.get()).status !== 'running') await new Promise(setImmediate);
  await handle.cancel('not needed');
  expect(await handle.wait()).toMatchObject({ status: 'cancelled' });
});

test('a run outlives its api; what is submitted meanwhile waits for the next one', async () => {
  const handle = await taskflow.submit({ task: 'slow' });
  while ((await handle.get()).status !== 'running') await new Promise(setImmediate);
  const port = api.address.split(':')[1] ?? '';
  await api.api.stop();
  const meanwhile = taskflow.submit({ task: 'double' }, { n: 1 });
  next = await startApi(api.database.url, { TASKFLOW_GRPC_PORT: port });
  expect(await handle.result()).toBe('done');
  expect(await (await meanwhile).result()).toEqual({ n: 2 });
  expect(await handle.get()).toMatchObject({ status: 'success', attempt: 1 });
}, 30_000);

test('what was submitted twice with one request id, or in a batch with a bad item, is answered item by item', async () => {
  const [first, again] = await Promise.all(
    [1, 2].map(() => taskflow.submit({ task: 'double' }, {}, { requestId: 'once' })),
  );
  expect(again?.id).toBe(first?.id);
  const results = await taskflow.submitBatch([{ target: { task: 'double' } }, { target: { task: 'dubble' } }]);
  expect(results).toMatchObject([{ created: true }, { error: { reason: 'TASK_NOT_FOUND' } }]);
  await expect(taskflow.submit({ task: 'dubble' })).rejects.toBeInstanceOf(NotFound);
});

test('definitions are applied once', async () => {
  const twice = { workflows: [workflow({ name: 'pair', tasks: { a: task({ bash: 'true' }) } })] };
  expect((await taskflow.apply(twice)).map(({ change }) => change)).toEqual(['created']);
  expect((await taskflow.apply(twice)).map(({ change }) => change)).toEqual(['unchanged']);
});

test.each([
  ['the same api', false],
  ['another api', true],
])(
  'a second worker of the same name, on %s, ends the first for good: they do not throw out each other',
  async (_name, elsewhere) => {
    const TASKFLOW_WORKER_NAME = `twin-${elsewhere}`;
    const sessions = () =>
      api.sql('select from worker_sessions where worker = $1', [TASKFLOW_WORKER_NAME]).then(({ length }) => length);
    const other = elsewhere
      ? await openApi({ database: api.database, environment: { TASKFLOW_LEASE_TTL: '1s' } })
      : undefined;
    const first = await startWorker({ TASKFLOW_WORKER_NAME, ...(other && { TASKFLOW_API_ADDRESS: other.address }) });
    const second = await startWorker({ TASKFLOW_WORKER_NAME });
    await expect(first.failed).rejects.toMatchObject({
      reason: 'SESSION_REPLACED',
      message: expect.stringContaining('TASKFLOW_WORKER_NAME'),
    });
    expect(first.health()).toMatchObject({ ok: false, detail: expect.stringContaining(TASKFLOW_WORKER_NAME) });
    expect(second.health()).toMatchObject({ ok: true });
    expect(await sessions()).toBe(2);
    await Promise.all([first.stop(), second.stop()]);
    await other?.close();
  },
);

test.each([
  ['a module that is not there', 'nowhere.ts', /nowhere.ts cannot be loaded/],
  ['a module without tasks', 'empty.mjs', /exports at least one task/],
])('%s is refused at the start', async (_name, file, message) => {
  writeFileSync(join(folder, 'empty.mjs'), 'export const x = 1;');
  await expect(startWorker({ TASKFLOW_WORKER_LOAD: join(folder, file) })).rejects.toThrow(message);
});
