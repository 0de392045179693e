import { jest } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, type CliResult } from '../test/run-cli.js';
import { startUp, type RunningUp } from '../test/start-up.js';

const DEFINITIONS = `
tasks:
  - name: greet
    params:
      type: object
      properties: { who: { type: string, minLength: 1 } }
      required: [who]
    bash: |
      echo "Hello $TASKFLOW_PARAM_WHO"
      echo "\\"$TASKFLOW_PARAM_WHO\\"" >"$TASKFLOW_OUTPUT"
  - { name: bad, bash: "echo it broke >&2; exit 3" }
  - { name: sleepy, bash: sleep 60 }
  - { name: nightly, bash: "true", schedule: { cron: "0 3 * * *", timezone: Europe/Berlin } }
workflows:
  - name: pair
    tasks:
      - { key: first, task: greet, params: { who: one } }
      - { key: second, task: greet, depends_on: [first], params: { who: "{{ tasks.first.output }}" } }
  - name: long
    tasks:
      - { key: slow, retries: 0, bash: "while [ ! -e $TASKFLOW_PARAM_GATE ]; do sleep 0.1; done", params: { gate: "{{ params.gate }}" } }
      - { key: after, depends_on: [slow], bash: "true" }
`;

const folder = mkdtempSync(join(tmpdir(), 'taskflow-up-test-'));
let up: RunningUp;

jest.setTimeout(120_000);

beforeAll(async () => {
  up = await startUp(['--ephemeral', '--no-sample'], folder);
  writeFileSync(join(folder, 'definitions.yaml'), DEFINITIONS);
  const applied = await cli('workflow', 'apply', '-f', 'definitions.yaml', '-o', 'jsonl');
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  expect(applied.stdout.trim().split('\n')).toHaveLength(6);
});

afterAll(async () => {
  up.child.kill('SIGTERM');
  await up.ended;
  rmSync(folder, { recursive: true, force: true });
});

const cli = (...args: string[]): Promise<CliResult> =>
  runCli(args, { cwd: folder, env: { TASKFLOW_API_ADDRESS: up.grpc, TASKFLOW_DATABASE_URL: up.databaseUrl } });

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await cli(...args, '-o', 'json');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

interface Instance {
  readonly id: string;
  readonly status: string;
  readonly output?: unknown;
  readonly attempts: { outcome: string; reason?: string }[];
}

describe('tasks', () => {
  test('submit prints the id, wait the end, logs the lines', async () => {
    const submitted = await cli('task', 'submit', 'greet', '-p', 'who=you');
    expect(submitted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\n$/) });
    const id = submitted.stdout.trim();
    expect(await json('task', 'wait', id)).toMatchObject({
      id,
      status: 'success',
      output: 'you',
      params: { who: 'you' },
    });
    expect(await cli('task', 'logs', id)).toMatchObject({ code: 0, stdout: 'Hello you\n' });
    expect(await cli('task', 'logs', id, '--follow', '-o', 'jsonl')).toMatchObject({
      stdout: expect.stringContaining('"line":"Hello you"'),
    });
    const events = await json<{ type: string }[]>('task', 'events', id);
    expect(events.map(({ type }) => type)).toEqual(['submitted', 'leased', 'success']);
    const { stdout } = await cli('task', 'list', '--task', 'greet', '--status', 'success');
    expect(stdout).toMatch(new RegExp(`^id +task +status.*\n(.*\n)*${id} +greet +✔ success`));
  });

  test('a failed one that is awaited ends with 5 and says why', async () => {
    const { code, stdout, stderr } = await cli('task', 'submit', 'bad', '--wait', '-o', 'name');
    expect(code).toBe(5);
    expect(stdout).toMatch(/^\d+\n$/);
    expect(stderr).toMatch(/ended as failed \(EXIT_CODE: exit code 3: it broke\); taskflow task logs \d+/);
  });

  test('a wait that takes too long ends with 6, cancel ends the task', async () => {
    const { code, stdout, stderr } = await cli('task', 'submit', 'sleepy', '--wait', '--timeout', '300ms');
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    const [, id = ''] = /task instance (\d+) has not ended in the time given/.exec(stderr) ?? [];
    expect(await cli('task', 'cancel', id, '--reason', 'enough')).toMatchObject({ code: 0 });
    expect(await cli('task', 'wait', id)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('ended as cancelled'),
    });
    expect(await json('task', 'retry', id)).toMatchObject({ id });
    await cli('task', 'cancel', id);
    expect(await cli('task', 'wait', id)).toMatchObject({ code: 5 });
  });

  test('bad input ends with 2 or 3 and says what to do', async () => {
    expect(await cli('task', 'submit', 'greeet', '-p', 'who=x')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/"greeet".*"greet"/),
    });
    expect(await cli('task', 'submit', 'greet', '-p', 'who=""')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/who/),
    });
    expect(await cli('task', 'get', '999999')).toMatchObject({ code: 3, stderr: expect.stringContaining('999999') });
    expect(await cli('task', 'list', '--status', 'sucess')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/status.*"sucess"/),
    });
  });

  test('the worker and the health of all are shown', async () => {
    expect(await json('worker', 'list')).toMatchObject([{ alive: true, slots: 10, queues: ['default'] }]);
    expect(await cli('doctor', '--audit')).toMatchObject({ code: 0, stdout: expect.stringContaining('All is well') });
    expect(await json('task', 'types')).toContainEqual(expect.objectContaining({ name: 'greet', active: true }));
  });
});

describe('workflows', () => {
  test('a run is watched line by line and passes outputs on', async () => {
    const { code, stdout, stderr } = await cli('workflow', 'run', 'pair', '--watch', '-o', 'json');
    expect(code).toBe(0);
    const run = JSON.parse(stdout) as Instance;
    expect(run).toMatchObject({ status: 'success', nodesDone: 2 });
    expect(stderr).toContain(`pair ${run.id}: second success (attempt 1)`);
    const { stdout: shown } = await cli('run', 'get', run.id);
    expect(shown).toMatch(/^ {2}first .*✔ success.*\n {4}second .*✔ success.*\n█{30} 2\/2$/m);
    expect(await json('run', 'list', '--workflow', 'pair')).toMatchObject([{ id: run.id }]);
    expect((await cli('workflow', 'get', 'pair')).stdout).toContain('  second  ← first');
  });

  test('applying again changes nothing; a dry run stores nothing', async () => {
    const again = await json<{ change: string }[]>('workflow', 'apply', '-f', 'definitions.yaml');
    expect(new Set(again.map(({ change }) => change))).toEqual(new Set(['unchanged']));
    writeFileSync(join(folder, 'more.yaml'), 'tasks: [{name: more, bash: "true"}]');
    expect(await json('workflow', 'apply', '-f', 'more.yaml', '--dry-run')).toMatchObject([{ change: 'created' }]);
    expect(await cli('task', 'submit', 'more')).toMatchObject({ code: 3 });
  });

  test('a workflow is paused and resumed', async () => {
    expect(await cli('workflow', 'pause', 'pair')).toMatchObject({ code: 0, stdout: 'pair paused\n' });
    expect(await json('workflow', 'pause', 'pair')).toMatchObject({ name: 'pair', active: false });
    expect(await json('workflow', 'get', 'pair')).toMatchObject({ active: false });
    expect(await cli('workflow', 'resume', 'pair')).toMatchObject({ code: 0 });
    expect(await cli('workflow', 'pause', 'pears')).toMatchObject({ code: 3 });
  });
});

describe('schedules', () => {
  test('a schedule is found by the name of its task', async () => {
    expect(await json('schedule', 'get', 'nightly')).toMatchObject({ target: 'nightly', kind: 'task', active: true });
    expect(await json('schedule', 'next', 'nightly', '--count', '3')).toHaveLength(3);
    expect(await json('schedule', 'slots', 'nightly')).toEqual([]);
    expect(await json('schedule', 'pause', 'nightly')).toHaveProperty('pausedAt');
    expect(await json('schedule', 'resume', 'nightly')).not.toHaveProperty('pausedAt');
    expect(await cli('schedule', 'get', 'greet')).toMatchObject({ code: 3 });
  });

  test('the slots of any expression are shown in its zone', async () => {
    const asked = [
      'schedule',
      'next',
      '--cron',
      '0 6 * * *',
      '--timezone',
      'America/New_York',
      '--after',
      '2026-03-07T12:00:00Z',
    ];
    const { stdout, stderr } = await cli(...asked, '--count', '2');
    expect(stdout).toContain('2026-03-08 10:00:00Z  2026-03-08 06:00:00');
    expect(stderr).toContain('America/New_York');
    expect(await cli('schedule', 'next', '--cron', '61 * * * *')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/61/),
    });
  });
});

describe('services that are killed', () => {
  test.each(['worker', 'scheduler', 'api'])(
    'kill -9 of the %s in the middle: the run finishes, its history is true',
    async (name) => {
      const gate = join(folder, `gate-${name}`);
      const run = (await cli('workflow', 'run', 'long', '-p', `gate=${gate}`, '-o', 'name')).stdout.trim();
      const slow = await untilRunning(run);
      const pid = pidOf(name);
      process.kill(pid, 'SIGKILL');
      const [line] = await up.says(new RegExp(`${name} runs again as process \\d+`));
      expect(up.said()).toContain(`${name} (process ${pid}) was ended by SIGKILL; it starts again`);
      pids.set(name, Number(line.split(' ').at(-1)));
      writeFileSync(gate, '');
      expect(await cli('run', 'wait', run, '--timeout', '60s')).toMatchObject({ code: 0 });
      const { attempts } = await json<Instance>('task', 'get', slow);
      const expected = name === 'worker' ? ['lost', 'success'] : ['success'];
      expect(attempts.map(({ outcome }) => outcome)).toEqual(expected);
      expect((await cli('doctor', '--audit')).stdout).not.toContain('does not hold');
    },
  );

  const pids = new Map<string, number>();

  function pidOf(name: string): number {
    return pids.get(name) ?? up.services[name] ?? 0;
  }

  /** The id of the first task of the run, once it runs. */
  async function untilRunning(run: string): Promise<string> {
    for (;;) {
      const { tasks } = await json<{ tasks: { id: string; status: string }[] }>('run', 'get', run);
      if (tasks[0]?.status === 'running') return tasks[0].id;
    }
  }
});

describe('one after the other', () => {
  test('a second one in the same folder is refused, commands beside it find it, a killed one leaves nothing', async () => {
    const own = mkdtempSync(join(tmpdir(), 'taskflow-up-own-'));
    const first = await startUp([], own);
    const second = await runCli(['up'], { cwd: own });
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(/taskflow up runs in .*\.taskflow already \(process \d+\)/);
    const sample = await runCli(['workflow', 'run', 'hello', '--wait', '-o', 'json'], { cwd: own });
    expect(JSON.parse(sample.stdout)).toMatchObject({ workflow: 'hello', status: 'success' });

    first.child.kill('SIGKILL');
    await Promise.all(Object.values(first.services).map(untilGone));
    const postmaster = join(own, '.taskflow', 'postgres', 'data', 'postmaster.pid');
    while (existsSync(postmaster)) await new Promise(setImmediate);

    const again = await startUp([], own);
    const runs = await runCli(['run', 'list', '--workflow', 'hello', '-o', 'json'], { cwd: own });
    expect(JSON.parse(runs.stdout)).toContainEqual(expect.objectContaining({ status: 'success' }));
    again.child.kill('SIGINT');
    expect(await again.ended).toBe(0);
    await Promise.all(Object.values(again.services).map(untilGone));
    expect(existsSync(postmaster)).toBe(false);
    rmSync(own, { recursive: true, force: true });
  });

  test('a service that cannot start is explained, and nothing is left', async () => {
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, 'export const nothing = 1;');
    const { code, stderr } = await runCli(['up', '--ephemeral', '--load', broken], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/worker did not start \(exit code 2\): .*broken\.mjs/);
  });

  async function untilGone(pid: number): Promise<void> {
    for (;;) {
      try {
        process.kill(pid, 0);
      } catch {
        return;
      }
      await new Promise(setImmediate);
    }
  }
});
