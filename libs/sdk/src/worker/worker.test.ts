import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { FakeApi, gate } from '../testing/fake-api.js';
import { NonRetryableError, type RunContext } from '../define/run-context.js';
import { task, type AnyTask } from '../define/task.js';
import { durationMessage } from '../duration-message.js';
import { worker } from './worker.js';
import type { Worker, WorkerOptions } from './worker-options.js';

const PROGRAM = fileURLToPath(new URL('../testing/worker-program.mjs', import.meta.url));

let api: FakeApi;
let running: Worker | undefined;
const warnings: string[] = [];
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: (_fields: object, message: string) => void warnings.push(message),
  error: (_fields: object, message: string) => void warnings.push(message),
};

beforeEach(async () => {
  warnings.length = 0;
  api = new FakeApi();
  await api.start();
});

afterEach(async () => {
  await running?.stop({ drainMs: 0 });
  running = undefined;
  api.kill();
});

async function startWorker(tasks: AnyTask[], options: WorkerOptions = {}): Promise<Worker> {
  running = worker({ address: api.address, tasks, slots: 2, graceMs: 300, logger: quiet, ...options });
  await running.start();
  return running;
}

const aTask = (run: (context: RunContext, params: Record<string, unknown>) => unknown): AnyTask =>
  task({ name: 'a-task', run });

describe('running handlers', () => {
  test('registers, says what it can do, runs a handler and reports its output', async () => {
    await startWorker([aTask((_context, params) => ({ doubled: Number(params['n']) * 2 }))], {
      labels: { gpu: 'yes' },
    });
    api.enqueue({ id: '1', paramsJson: '{"n":21}' });
    expect(await api.completed('1')).toMatchObject({ outcome: 'success', outputJson: '{"doubled":42}' });
    expect(JSON.parse(api.applied[0] ?? '')).toMatchObject({ name: 'a-task', run: { handler: 'a-task' } });
    expect(api.hellos[0]).toMatchObject({
      protocol: 1,
      handlers: ['a-task', '@bash'],
      labels: { gpu: 'yes' },
      slots: 2,
    });
  });

  test('gives the handler its context', async () => {
    let seen: RunContext | undefined;
    await startWorker([aTask((context) => void (seen = context))]);
    const scheduledFor = new Date('2026-01-01T06:00:00Z');
    api.enqueue({
      id: '1',
      inputsJson: '{"extract":{"rows":3}}',
      workflow: 'daily',
      workflowInstanceId: '9',
      nodeKey: 'k',
      scheduledFor,
    });
    await api.completed('1');
    expect(seen).toMatchObject({
      inputs: { extract: { rows: 3 } },
      task: 'a-task',
      taskInstanceId: '1',
      workflow: 'daily',
      workflowInstanceId: '9',
      key: 'k',
      attempt: 1,
      scheduledFor,
      idempotencyKey: 'taskflow-1',
    });
  });

  test('runs at most as many at once as it has slots, and holds no more leases than slots and prefetch', async () => {
    let busy = 0;
    let most = 0;
    const hold = gate();
    const handler = aTask(async () => {
      most = Math.max(most, (busy += 1));
      await hold.opened;
      busy -= 1;
    });
    await startWorker([handler], { prefetch: 3 });
    for (let id = 1; id <= 20; id += 1) api.enqueue({ id: String(id) });
    await api.until(() => api.sent === 5);
    expect(api.completions).toEqual([]);
    hold.open();
    await api.until(() => api.completions.length === 20);
    expect(most).toBe(2);
    expect(api.mostOutstanding).toBeLessThanOrEqual(5);
  });

  test('an error fails the attempt with its message, its stack in the log', async () => {
    await startWorker([aTask(() => Promise.reject(new RangeError('no such day')))]);
    api.enqueue({ id: '1' });
    const completion = await api.completed('1');
    expect(completion).toMatchObject({ outcome: 'failed', reason: 'USER_ERROR', message: 'RangeError: no such day' });
    expect(completion.retryable).toBeUndefined();
    expect(api.linesOf('1', 'stderr')[0]).toBe('RangeError: no such day');
  });

  test.each([
    [
      'a final error',
      () => {
        throw new NonRetryableError('bad file');
      },
      'USER_ERROR',
      /bad file/,
    ],
    ['an output above 256 KiB', () => 'x'.repeat(300_000), 'OUTPUT_TOO_LARGE', /256 KiB.*file or object store/],
    ['an output that is not JSON', () => 10n, 'OUTPUT_NOT_JSON', /BigInt/],
  ])('%s is not retried', async (_name, run, reason, message) => {
    await startWorker([aTask(run)]);
    api.enqueue({ id: '1' });
    const completion = await api.completed('1');
    expect(completion).toMatchObject({ outcome: 'failed', reason, retryable: false });
    expect(completion.message).toMatch(message);
  });

  test('what is thrown and is no error can be read as well', async () => {
    await startWorker([
      aTask(() => {
        throw { code: 7, why: Object.create(null) as object };
      }),
    ]);
    api.enqueue({ id: '1' });
    expect(await api.completed('1')).toMatchObject({
      reason: 'USER_ERROR',
      message: '{ code: 7, why: [Object: null prototype] {} }',
    });
  });

  test('a long message is cut to 8 KiB at a whole character', async () => {
    await startWorker([aTask(() => Promise.reject(new Error('é'.repeat(10_000))))]);
    api.enqueue({ id: '1' });
    const { message } = await api.completed('1');
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8192);
    expect(message).toMatch(/é…$/);
  });

  test('log lines arrive in order before the completion, long ones split', async () => {
    await startWorker([
      aTask(({ log }) => {
        log.info('rows', { n: 3 });
        log.warn('two\nlines');
        log.info('x'.repeat(20_000));
      }),
    ]);
    api.enqueue({ id: '1' });
    await api.completed('1');
    expect(api.linesOf('1').map((line) => line.slice(0, 20))).toEqual([
      'rows {"n":3}',
      'warn: two',
      'lines',
      'x'.repeat(20),
      'x'.repeat(20),
    ]);
    expect(api.lines.map(({ seq }) => seq)).toEqual([1n, 2n, 3n, 4n, 5n]);
  });

  test('a run that exceeds its timeout is aborted and reported as such', async () => {
    await startWorker([
      aTask(
        ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      ),
    ]);
    api.enqueue({ id: '1', timeout: durationMessage(50) });
    expect(await api.completed('1')).toMatchObject({ outcome: 'timeout', reason: 'TIMEOUT' });
  });

  test('a cancelled run ends as cancelled, also when its handler ignores the signal', async () => {
    const hold = gate();
    const started = gate();
    await startWorker([aTask(() => (started.open(), hold.opened))], { prefetch: 2 });
    const refs = [1, 2, 3, 4].map((id) => api.enqueue({ id: String(id) }));
    await started.opened;
    api.cancel(refs[3] ?? api.enqueue({ id: 'x' }), 'not needed');
    expect(await api.completed('4')).toMatchObject({ outcome: 'cancelled', message: 'not needed' });
    api.cancel(refs[0] ?? api.enqueue({ id: 'x' }), 'not needed');
    expect(await api.completed('1')).toMatchObject({ outcome: 'cancelled', reason: 'CANCELLED' });
    expect(running?.health().running).toBe(2);
    hold.open();
    await api.completed('3');
  });
});

describe('losing the api', () => {
  test('a run in progress survives a restart of the api and is reported once', async () => {
    const hold = gate();
    const started = gate();
    await startWorker([aTask(async () => (started.open(), await hold.opened, 'done'))]);
    const ref = api.enqueue({ id: '1' });
    await started.opened;
    api.kill();
    await api.start();
    await api.until(() => api.hellos.length >= 2);
    expect(api.hellos.at(-1)?.held).toEqual([ref]);
    expect(api.hellos.at(-1)?.worker).toBe(api.hellos[0]?.worker);
    hold.open();
    await api.completed('1');
    expect(api.completions).toHaveLength(1);
  });

  test('what was not acknowledged is sent again after a reconnect, results and log lines alike', async () => {
    api.acknowledge = false;
    await startWorker([aTask(({ log }) => log.info('once'))]);
    const ref = api.enqueue({ id: '1' });
    await api.completed('1');
    api.acknowledge = true;
    api.cutStreams();
    await api.until(() => api.completions.length === 2);
    expect(api.hellos.at(-1)?.held).toEqual([ref]);
    expect(api.lines.filter(({ id }) => id === '1').map(({ seq }) => seq)).toEqual([1n, 1n]);
  });

  test('a lease that is lost at reconnect is stopped and its result dropped', async () => {
    const started = gate();
    let reason: unknown;
    await startWorker([
      aTask(({ signal }) => {
        started.open();
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve((reason = signal.reason))));
      }),
    ]);
    api.enqueue({ id: '1' });
    await started.opened;
    api.lost = (held) => [...held];
    api.cutStreams();
    await api.until(() => api.hellos.length === 2);
    api.enqueue({ id: '2', timeout: durationMessage(20) });
    await api.completed('2');
    expect(reason).toMatchObject({ name: 'RunAborted' });
    expect(api.completionOf('1')).toBeUndefined();
    expect(warnings).toContain('a run was dropped: its lease is lost');
  });

  test('an expired session stops its runs and opens another one', async () => {
    const started = gate();
    let why: unknown;
    await startWorker([
      aTask(({ signal }) => {
        started.open();
        return new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => {
            why = signal.reason;
            resolve();
          }),
        );
      }),
    ]);
    api.enqueue({ id: '1' });
    await started.opened;
    api.expired.add('1');
    await api.until(() => api.hellos.length === 2);
    expect(api.hellos[1]?.held).toEqual([]);
    expect(why).toMatchObject({ why: 'lease_lost' });
    expect(api.completions).toEqual([]);
  });

  test('an api that says goodbye is left for the next connection', async () => {
    await startWorker([aTask(() => 'done')]);
    api.goAway();
    await api.until(() => api.hellos.length === 2);
    api.enqueue({ id: '1' });
    await api.completed('1');
  });

  test('heartbeats go on while user code blocks the thread', async () => {
    const program = spawn(process.execPath, [PROGRAM, api.address], { stdio: 'inherit' });
    api.enqueue({ id: '1', handler: 'block', paramsJson: '{"ms":4000}' });
    await api.until(() => api.sent === 1);
    const before = api.beats.length;
    expect(await api.completed('1')).toMatchObject({ outcome: 'success' });
    // Twice the lease time of user code, heartbeats every 200 ms.
    expect(api.beats.length - before).toBeGreaterThan(10);
    expect(api.sessions).toBe(1);
    program.kill('SIGTERM');
    expect(await once(program, 'exit')).toEqual([0, null]);
  });
});

describe('draining', () => {
  test('hands back what was not started, finishes what runs, then is gone', async () => {
    const hold = gate();
    const started = gate();
    const it = await startWorker([aTask(async () => (started.open(), await hold.opened, 'done'))], {
      slots: 1,
      prefetch: 2,
    });
    for (const id of ['1', '2', '3']) api.enqueue({ id });
    await started.opened;
    await api.until(() => api.sent === 3);
    const stopped = it.stop({ drainMs: 10_000 });
    await api.until(() => api.handedBack.length === 2);
    hold.open();
    await stopped;
    expect(api.drains).toBe(1);
    expect(api.handedBack.map(({ id }) => id)).toEqual(['2', '3']);
    expect(api.completions.map(({ ref, outcome }) => [ref?.id, outcome])).toEqual([['1', 'success']]);
  });

  test('at the deadline a run is aborted and handed back, not failed', async () => {
    const started = gate();
    const it = await startWorker([
      aTask(({ signal }) => {
        started.open();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
      }),
    ]);
    const ref = api.enqueue({ id: '1' });
    await started.opened;
    await it.stop({ drainMs: 20 });
    await api.until(() => api.handedBack.length === 1);
    expect(api.handedBack).toEqual([ref]);
    expect(api.completions).toEqual([]);
  });

  test('a lease that arrives after the drain began goes back untouched', async () => {
    let calls = 0;
    const hold = gate();
    const started = gate();
    const it = await startWorker([
      aTask(async () => {
        calls += 1;
        started.open();
        await hold.opened;
      }),
    ]);
    api.enqueue({ id: '1' });
    await started.opened;
    api.honourDrain = false;
    const stopped = it.stop({ drainMs: 10_000 });
    await api.until(() => api.drains === 1);
    const late = api.enqueue({ id: '2' });
    await api.until(() => api.handedBack.length === 1);
    hold.open();
    await stopped;
    expect(api.handedBack).toEqual([late]);
    expect(calls).toBe(1);
  });

  test('a result that is not acknowledged in time is not waited for without end', async () => {
    const it = await startWorker([aTask(() => 'done')]);
    api.acknowledge = false;
    api.enqueue({ id: '1' });
    await api.completed('1');
    const began = performance.now();
    await it.stop({ drainMs: 0 });
    // A process that was told to stop has 5 s beyond its time to drain.
    expect(performance.now() - began).toBeLessThan(4500);
    expect(it.health()).toMatchObject({ connected: false, running: 0 });
  });

  test('stops at once while the api is away at the start', async () => {
    api.kill();
    const it = worker({ address: api.address, tasks: [aTask(() => 1)], logger: quiet });
    const started = it.start();
    await it.stop();
    await started;
    expect(it.health().healthy).toBe(false);
  });

  test('reports a result that came during the drain although the api was restarted', async () => {
    const hold = gate();
    const started = gate();
    const it = await startWorker([aTask(async () => (started.open(), await hold.opened, 'done'))]);
    api.enqueue({ id: '1' });
    await started.opened;
    const stopped = it.stop({ drainMs: 10_000 });
    await api.until(() => api.drains === 1);
    api.kill();
    hold.open();
    await api.start();
    await stopped;
    expect(api.completions.map(({ ref, outcome }) => [ref?.id, outcome])).toEqual([['1', 'success']]);
    expect(api.drains).toBe(2);
  });
});

test('an option that makes no sense is refused by name', () => {
  expect(() => worker({ slots: 0 })).toThrow(/slots: got 0, wanted a whole number from 1/);
});
