import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { errorCode } from './command-error.js';
import { durationMessage } from '../duration-message.js';
import { FakeApi } from '../testing/fake-api.js';
import { worker } from '../worker/worker.js';
import type { Worker } from '../worker/worker-options.js';

const PROGRAM = fileURLToPath(new URL('../testing/worker-program.mjs', import.meta.url));

let api: FakeApi;
let running: Worker;
let folder: string;
let files: Server | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bash-test-'));
  api = new FakeApi();
  await api.start();
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const environment = { PATH: process.env['PATH'], LANG: 'C.UTF-8', SECRET: 'hidden', WANTED: 'yes', TMPDIR: folder };
  running = worker({
    address: api.address,
    slots: 4,
    graceMs: 300,
    environment,
    passEnvironment: ['WANTED'],
    logger: quiet,
  });
  await running.start();
});

afterEach(async () => {
  await running.stop({ drainMs: 0 });
  api.kill();
  files?.closeAllConnections();
  files?.close();
  files = undefined;
  rmSync(folder, { recursive: true });
});

/** Serves GET /rows and takes PUT /…; `/refused` answers 403. */
async function serveFiles(): Promise<{ url: string; put: Map<string, string>; aborted: () => number }> {
  const put = new Map<string, string>();
  let aborted = 0;
  files = createServer((request: IncomingMessage, response) => {
    const path = request.url ?? '';
    if (path === '/rows') return void response.end('b\na\n');
    if (request.method !== 'PUT' || path === '/refused') return void response.writeHead(403).end();
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('aborted', () => (aborted += 1));
    request.on('end', () => {
      put.set(path, body);
      response.end();
    });
  });
  files.listen(0, '127.0.0.1');
  await once(files, 'listening');
  return { url: `http://127.0.0.1:${(files.address() as AddressInfo).port}`, put, aborted: () => aborted };
}

/** Processes that this test's commands have started: other tests run commands of their own at the same time. */
function commandProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        return (
          state !== 'Z' &&
          environment.includes('TASKFLOW_TASK_INSTANCE_ID=1') &&
          environment.includes(`TMPDIR=${folder}`)
        );
      } catch (error) {
        if (errorCode(error) !== undefined) return false;
        throw error;
      }
    })
    .map(Number);
}

async function commandsGone(): Promise<void> {
  while (commandProcesses().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('a command', () => {
  test('gets its params, inputs and place in the world, and may write an output', async () => {
    api.bash(
      '1',
      `echo "$GREETING $TASKFLOW_PARAM_START_DAY $TASKFLOW_TASK $TASKFLOW_TASK_INSTANCE_ID $TASKFLOW_WORKFLOW $TASKFLOW_WORKFLOW_INSTANCE_ID $TASKFLOW_ATTEMPT"
       echo "$TASKFLOW_PARAMS $(cat "$TASKFLOW_INPUTS_FILE") $TASKFLOW_INPUTS" >&2
       echo "[$SECRET] [$WANTED] $TRACEPARENT"
       echo '{"rows": 3}' > "$TASKFLOW_OUTPUT"`,
      { env: { GREETING: 'hello' } },
      {
        paramsJson: '{"start-day":"2026-01-01","list":[1]}',
        inputsJson: '{"a":1}',
        workflow: 'daily',
        workflowInstanceId: '9',
        traceParent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    );
    expect(await api.completed('1')).toMatchObject({ outcome: 'success', outputJson: '{"rows":3}' });
    expect(api.linesOf('1', 'stdout')).toEqual([
      'hello 2026-01-01 a-task 1 daily 9 1',
      '[] [yes] 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ]);
    expect(api.linesOf('1', 'stderr')).toEqual(['{"start-day":"2026-01-01","list":[1]} {"a":1} {"a":1}']);
  });

  test('starts in an empty folder that is gone afterwards', async () => {
    api.bash('1', 'pwd; ls -A | wc -l; touch left-over');
    await api.completed('1');
    const [directory = '', count] = api.linesOf('1');
    expect(count).toBe('0');
    expect(existsSync(directory)).toBe(false);
    await running.stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['exit 3', 'EXIT_CODE', 3, /^exit code 3$/],
    ['echo no such table >&2; exit 1', 'EXIT_CODE', 1, /^exit code 1: no such table$/],
    ['kill -SEGV $$', 'SIGNAL', 139, /^was ended by SIGSEGV$/],
    ['bash -c "kill -KILL \\$\\$"; exit $?', 'EXIT_CODE', 137, /^exit code 137 \(SIGKILL\)/],
    ['no-such-program', 'EXIT_CODE', 127, /no-such-program: command not found/],
  ])('%s', async (bash, reason, exitCode, message) => {
    api.bash('1', bash);
    const completion = await api.completed('1');
    expect(completion).toMatchObject({ outcome: 'failed', reason, exitCode });
    expect(completion.message).toMatch(message);
  });

  test.each([
    ['echo nonsense > $TASKFLOW_OUTPUT', 'OUTPUT_NOT_JSON', /TASKFLOW_OUTPUT is not JSON/],
    ['printf \'"%0300000d"\' 0 > $TASKFLOW_OUTPUT', 'OUTPUT_TOO_LARGE', /256 KiB.*file or object store/],
    ['printf \'"%02000000d"\' 0 > $TASKFLOW_OUTPUT', 'OUTPUT_TOO_LARGE', /256 KiB.*file or object store/],
  ])('with a bad output: %s', async (bash, reason, message) => {
    api.bash('1', bash);
    const completion = await api.completed('1');
    expect(completion).toMatchObject({ outcome: 'failed', reason });
    expect(completion.message).toMatch(message);
  });

  test('may be longer than the kernel takes as an argument, and so may its params', async () => {
    const paramsJson = JSON.stringify({ text: 'p'.repeat(200_000) });
    api.bash(
      '1',
      `# ${'x'.repeat(200_000)}\nwc -c < "$TASKFLOW_PARAMS_FILE"; echo "\${TASKFLOW_PARAMS-unset}"`,
      {},
      { paramsJson },
    );
    expect(await api.completed('1')).toMatchObject({ outcome: 'success' });
    expect(api.linesOf('1')).toEqual([String(paramsJson.length), 'unset']);
  });

  test('its output of many lines arrives whole and in order', async () => {
    api.bash('1', 'seq 1 20000; printf last');
    expect(await api.completed('1')).toMatchObject({ outcome: 'success' });
    expect(api.linesOf('1')).toEqual([...Array.from({ length: 20_000 }, (_, index) => String(index + 1)), 'last']);
  }, 60_000);
});

describe('stopping a command', () => {
  test('a timeout ends the whole group with TERM', async () => {
    api.bash(
      '1',
      'sleep 300 & trap "echo stopping; exit 0" TERM; sleep 300 & wait',
      {},
      { timeout: durationMessage(400) },
    );
    expect(await api.completed('1')).toMatchObject({
      outcome: 'timeout',
      reason: 'TIMEOUT',
      message: expect.stringMatching(/400ms/),
    });
    expect(api.linesOf('1')).toEqual(['stopping']);
    await commandsGone();
  });

  test('one that ignores TERM is killed', async () => {
    api.bash('1', 'trap "" TERM; echo ready; while true; do sleep 300; done');
    await api.until(() => api.linesOf('1').includes('ready'));
    api.cancel({ id: '1', attempt: 1, leaseId: 'lease-1' }, 'not needed');
    expect(await api.completed('1')).toMatchObject({ outcome: 'cancelled', message: 'not needed' });
    await commandsGone();
  });

  test('what it leaves in the background ends with it', async () => {
    api.bash('1', 'sleep 300 & echo started');
    expect(await api.completed('1')).toMatchObject({ outcome: 'success' });
    await commandsGone();
  });
});

describe('input_file and output_file', () => {
  test('file: to file:', async () => {
    writeFileSync(join(folder, 'in'), 'b\na\n');
    const [input_file, output_file] = ['in', 'out'].map((name) => String(pathToFileURL(join(folder, name))));
    api.bash('1', 'sort', { input_file, output_file });
    expect(await api.completed('1')).toMatchObject({ outcome: 'success' });
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('a\nb\n');
    expect(api.linesOf('1')).toEqual([]);
  });

  test('http: to http:, by GET and PUT', async () => {
    const { url, put } = await serveFiles();
    api.bash('1', 'sort', { input_file: `${url}/rows`, output_file: `${url}/sorted` });
    expect(await api.completed('1')).toMatchObject({ outcome: 'success' });
    expect(put.get('/sorted')).toBe('a\nb\n');
  });

  test('a failed command leaves no output, neither in a file nor at an address', async () => {
    const { url, put, aborted } = await serveFiles();
    api.bash('1', 'echo half; exit 1', { output_file: String(pathToFileURL(join(folder, 'out'))) });
    api.bash('2', 'echo half; sleep 0.2; exit 1', { output_file: `${url}/half` });
    expect(await api.completed('1')).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(await api.completed('2')).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(readdirSync(folder).filter((name) => name.startsWith('out'))).toEqual([]);
    expect(put.size).toBe(0);
    expect(aborted()).toBe(1);
  });

  test.each([
    [
      'an absent file',
      { input_file: 'file:///no/such/file' },
      'INPUT_UNAVAILABLE',
      /no\/such\/file cannot be read: ENOENT/,
    ],
    ['a refused GET', { input_file: 'URL/other' }, 'INPUT_UNAVAILABLE', /GET http.*other answered 403/],
    ['nobody there', { input_file: 'http://127.0.0.1:1/x' }, 'INPUT_UNAVAILABLE', /GET .* failed: .+/],
    ['an absent folder', { output_file: 'file:///no/such/file' }, 'OUTPUT_FAILED', /cannot be written: ENOENT/],
    ['a refused PUT', { output_file: 'URL/refused' }, 'OUTPUT_FAILED', /PUT http.*refused answered 403/],
  ])('%s', async (_name, run, reason, message) => {
    const { url } = await serveFiles();
    const given = JSON.parse(JSON.stringify(run).replace('URL', url)) as object;
    api.bash('1', 'cat', given);
    const completion = await api.completed('1');
    expect(completion).toMatchObject({ outcome: 'failed', reason });
    expect(completion.message).toMatch(message);
  });
});

describe('the worker as a process (O7)', () => {
  let program: ChildProcess;

  beforeEach(async () => {
    await running.stop();
    program = spawn(process.execPath, [PROGRAM, api.address, '{"drainMs":300,"graceMs":300}'], {
      stdio: 'inherit',
      env: { ...process.env, TMPDIR: folder },
    });
    await api.until(() => api.hellos.length === 2);
  });

  test('SIGKILL: no command of it lives on, and no folder', async () => {
    api.bash('1', 'sleep 300 & trap "" TERM; echo ready; sleep 300; sleep 300');
    await api.until(() => api.linesOf('1').includes('ready'));
    expect(commandProcesses().length).toBeGreaterThan(0);
    program.kill('SIGKILL');
    await commandsGone();
    while (readdirSync(folder).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  test('SIGTERM: the command is stopped, handed back uncounted, and the worker exits with 0', async () => {
    const ref = api.bash('1', 'sleep 300 & echo ready; wait');
    await api.until(() => api.linesOf('1').includes('ready'));
    program.kill('SIGTERM');
    expect(await once(program, 'exit')).toEqual([0, null]);
    expect(commandProcesses()).toEqual([]);
    expect(api.handedBack).toEqual([ref]);
    expect(api.completions).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
