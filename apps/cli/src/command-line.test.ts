import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmptyDatabase, createTestDatabase } from '@taskflow/testing';
import { runCli, type CliResult } from './test/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'taskflow-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<CliResult> => runCli(args, { cwd: folder });

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('help and version', () => {
  test('the version goes to stdout, alone', async () => {
    expect(await run('--version')).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
    expect((await run('version')).stdout).toBe((await run('--version')).stdout);
  });

  test('the help names every noun', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const noun of ['up', 'serve', 'workflow', 'task', 'run', 'schedule', 'worker', 'db', 'doctor']) {
      expect(stdout).toMatch(new RegExp(`^  ${noun}\\b`, 'm'));
    }
  });

  test.each([
    'api_server',
    'init_db',
    'migrate_db',
    'scheduler',
    'pull_worker',
    'run_task',
    'queue_task',
    'queue_workflow',
  ])('%s of the first Taskflow is known', async (name) => {
    const { code, stdout } = await run(name, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: taskflow ${name}`);
  });

  test('the completion script is one that bash takes, and knows the verbs', async () => {
    const { code, stdout } = await run('completion', 'bash');
    expect(code).toBe(0);
    expect(stdout).toContain("'task') words='submit list get wait logs");
  });
});

describe('usage errors end with 2 and leave stdout empty', () => {
  test.each<[string, string[], RegExp]>([
    ['unknown noun', ['tsak'], /unknown command 'tsak'.*\(Did you mean task\?\)/s],
    ['unknown verb', ['task', 'lst'], /unknown command 'lst'.*Did you mean list\?/s],
    ['unknown option', ['task', 'list', '--stats', 'failed'], /unknown option '--stats'.*Did you mean --status\?/s],
    ['missing argument', ['task', 'get'], /missing required argument 'id'/],
    ['bad format', ['task', 'list', '-o', 'xml'], /Allowed choices are table, json, jsonl, name/],
    ['bad limit', ['task', 'list', '--limit', '0'], /Wanted a whole number from 1 to 100000/],
    ['bad moment', ['task', 'list', '--since', 'yesterday'], /Wanted a moment such as 2026-03-01T06:00:00Z/],
    ['bad duration', ['task', 'wait', '1', '--timeout', 'soon'], /Wanted a duration such as 500ms/],
    ['bad address', ['task', 'list', '--api', 'http://x'], /--api: got "http:\/\/x", wanted host:port/],
    ['bad params', ['task', 'submit', 'x', '--params', '[1]'], /--params: wanted a JSON object.*got "\[1\]"/],
    ['bad param', ['task', 'submit', 'x', '-p', 'day'], /--param: wanted name=value, got "day"/],
    ['no database', ['db', 'status'], /no database is named: give --database-url or TASKFLOW_DATABASE_URL/],
    ['no schedule', ['schedule', 'next'], /give either a schedule or --cron/],
    ['bad URL', ['db', 'status', '--database-url', 'mysql://x'], /wanted postgres:\/\/user:password@host:port/],
    ['missing file', ['workflow', 'validate', '-f', 'none.yaml'], /none\.yaml cannot be read: ENOENT/],
  ])('%s', async (_, args, message) => {
    const result = await run(...args);
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });
});

describe('validate', () => {
  test('good files are listed', async () => {
    const path = file(
      'good.yaml',
      'tasks: [{name: a, bash: "true"}]\nworkflows: [{name: w, tasks: [{key: x, task: a}]}]',
    );
    const { code, stdout } = await run('workflow', 'validate', '-f', path, '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      { kind: 'task', name: 'a' },
      { kind: 'workflow', name: 'w' },
    ]);
  });

  test('stdin is read', async () => {
    const result = await runCli(['workflow', 'validate', '-f', '-', '-o', 'name'], {
      stdin: 'tasks: [{name: a, bash: "true"}]',
    });
    expect(result).toMatchObject({ code: 0, stdout: 'a\n' });
  });

  test('a corrupt YAML is shown with its place', async () => {
    const path = file('corrupt.yaml', 'tasks:\n  - name: a\n   bash: true\n');
    const { code, stderr } = await run('workflow', 'validate', '-f', path);
    expect(code).toBe(2);
    expect(stderr).toMatch(/corrupt\.yaml is not valid YAML: .*at line 3, column/s);
  });

  test('bad definitions name the file and every field', async () => {
    const path = file(
      'bad.yaml',
      'tasks: [{name: a, retires: 3, bash: "true"}]\nworkflows: [{name: w, schedule: "61 * * * *", tasks: [{key: x, depends_on: [x], task: a}]}]',
    );
    const { code, stderr } = await run('workflow', 'validate', '-f', path);
    expect(code).toBe(2);
    expect(stderr).toContain('bad.yaml cannot be accepted');
    expect(stderr).toMatch(/tasks\[0\]\.retires.*did you mean "retries"/);
    expect(stderr).toMatch(/workflows\[0\]\.schedule/);
    expect(stderr).toMatch(/workflows\[0\]\.tasks\[0\]\.depends_on/);
  });

  test('a module that does not load says why', async () => {
    const path = file('broken.mjs', 'import "./not-there.mjs";');
    const { code, stderr } = await run('workflow', 'validate', '-f', path);
    expect(code).toBe(2);
    expect(stderr).toMatch(/broken\.mjs cannot be loaded: .*not-there\.mjs/);
  });
});

describe('the api', () => {
  test('an api that is away ends with 7 and is named', async () => {
    const { code, stdout, stderr } = await run('task', 'list', '--api', '127.0.0.1:1');
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr).toMatch(/^error: The api at 127\.0\.0\.1:1 cannot be reached/);
  });

  test('a stack trace is shown for debugging alone', async () => {
    const env = { TASKFLOW_LOG_LEVEL: 'debug' };
    const { stderr } = await runCli(['task', 'list', '--api', '127.0.0.1:1'], { env });
    expect(stderr).toMatch(/^\s+at /m);
  });

  test('every bad variable of a service is named at once', async () => {
    const env = { TASKFLOW_GRPC_PORT: 'x', TASKFLOW_DATABASE_URL: 'y' };
    const { code, stderr } = await runCli(['serve', 'api'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('TASKFLOW_GRPC_PORT="x": wanted a port');
    expect(stderr).toContain('TASKFLOW_DATABASE_URL=(hidden)');
  });

  test('a busy port ends with 7 and names the variable', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const env = {
      TASKFLOW_GRPC_PORT: String(port),
      TASKFLOW_HTTP_PORT: '0',
      TASKFLOW_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      TASKFLOW_LOG_LEVEL: 'silent',
    };
    const served = await runCli(['serve', 'api'], { env });
    expect(served.code).toBe(7);
    expect(served.stderr).toMatch(new RegExp(`${port}.*TASKFLOW_GRPC_PORT`));
    const up = await runCli(['up', '--ephemeral', '--grpc-port', String(port)]);
    expect(up).toMatchObject({ code: 7, stdout: '' });
    expect(up.stderr).toMatch(new RegExp(`port ${port} of 127.0.0.1, asked for by --grpc-port .* is in use`));
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the database', () => {
  test('one that is away ends with 7 and is named without its password', async () => {
    const url = 'postgres://me:secret@127.0.0.1:1/none';
    for (const verb of [['db', 'status'], ['db', 'init'], ['doctor'], ['worker', 'list']]) {
      const { code, stderr } = await run(...verb, '--database-url', url);
      expect(stderr).toMatch(/the database at 127\.0\.0\.1:1\/none does not answer/);
      expect(stderr).not.toContain('secret');
      expect(code).toBe(7);
    }
  });

  test('init makes the tables, status tells what is outstanding', async () => {
    const db = await createEmptyDatabase();
    const env = { TASKFLOW_DATABASE_URL: db.url };
    const before = await runCli(['db', 'status', '-o', 'json'], { env });
    expect(before.code).toBe(1);
    expect(before.stderr).toMatch(/to apply: taskflow db migrate/);
    expect(JSON.parse(before.stdout)).toContainEqual({ migration: '0001_backbone', state: 'pending' });
    const without = await runCli(['worker', 'list'], { env });
    expect(without.code).toBe(1);
    expect(without.stderr).toContain('taskflow db migrate');
    expect(await runCli(['db', 'init'], { env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0001_backbone'),
    });
    expect(await runCli(['migrate_db'], { env })).toMatchObject({ code: 0, stdout: '' });
    expect(await runCli(['db', 'status'], { env })).toMatchObject({ code: 0 });
    await db.drop();
  });

  test('a database that does not exist is created by init', async () => {
    const db = await createEmptyDatabase();
    const url = new URL(db.url);
    url.pathname = `${url.pathname}_more`;
    const status = await run('db', 'status', '--database-url', url.href);
    expect(status).toMatchObject({ code: 3, stderr: expect.stringContaining('taskflow db init') });
    const init = await run('db', 'init', '--database-url', url.href);
    expect(init).toMatchObject({ code: 0, stderr: expect.stringContaining('Created the database') });
    await db.drop();
  });

  test('doctor says what is missing, and that the invariants hold', async () => {
    const db = await createTestDatabase();
    const env = { TASKFLOW_DATABASE_URL: db.url };
    const { code, stdout } = await runCli(['doctor', '--audit'], { env });
    expect(code).toBe(1);
    expect(stdout).toContain('No scheduler is elected');
    expect(stdout).toContain('No worker is connected');
    expect(stdout).not.toContain('does not hold');
    expect(await runCli(['worker', 'list', '-o', 'json'], { env })).toMatchObject({ code: 0, stdout: '[]\n' });
    await db.drop();
  });
});
