import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';

const TASKFLOW = fileURLToPath(new URL('../../apps/cli/bin/taskflow.mjs', import.meta.url));
const PIPELINE = fileURLToPath(new URL('./pipeline.yaml', import.meta.url));

jest.setTimeout(90_000);

let up: ChildProcess;
let address: string;

beforeAll(async () => {
  up = start('up', '--ephemeral', '--no-sample', '-o', 'json');
  for await (const line of createInterface(up.stdout!)) {
    address = (JSON.parse(line) as { grpc: string }).grpc;
    break;
  }
});

afterAll(async () => {
  const ended = once(up, 'exit');
  up.kill('SIGTERM');
  await ended;
});

test('the YAML is applied as its header says, and the workflow adds up the files of three folders', async () => {
  const applied = await taskflow('workflow', 'apply', '-f', PIPELINE, '-o', 'name');
  expect(applied).toEqual({ code: 0, stdout: 'count-files\ninventory\n' });
  const run = await taskflow('workflow', 'run', 'inventory', '-p', 'extra=/usr/lib', '--wait', '-o', 'name');
  expect(run.code).toBe(0);
  const shown = await taskflow('run', 'get', run.stdout.trim(), '-o', 'json');
  const { tasks } = JSON.parse(shown.stdout) as { tasks: { nodeKey: string; status: string; output?: unknown }[] };
  const output = new Map(tasks.map((task) => [task.nodeKey, task.output]));
  expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['success']));
  const files = ['/usr/bin', '/usr/sbin', '/usr/lib'].map(countFiles);
  expect(output.get('programs')).toEqual({ folder: '/usr/bin', count: files[0] });
  expect(output.get('total')).toBe(files.reduce((sum, count) => sum + count, 0));
});

function countFiles(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).length;
}

function start(...args: string[]): ChildProcess {
  const { TASKFLOW_DATABASE_URL: _, ...env } = process.env;
  const ports = { TASKFLOW_GRPC_PORT: '0', TASKFLOW_HTTP_PORT: '0' };
  return spawn(process.execPath, [TASKFLOW, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...env, ...ports },
  });
}

async function taskflow(...args: string[]): Promise<{ code: number | null; stdout: string }> {
  const child = start(...args, '--api', address);
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, code] = await Promise.all([text(child.stdout!), exit]);
  return { code, stdout };
}
