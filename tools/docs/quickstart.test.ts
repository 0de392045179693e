import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { codeBlocks } from './code-block.ts';

const root = join(import.meta.dirname, '../..');
const program = join(root, 'apps/cli/bin/taskflow.mjs');
const commands = codeBlocks(root)
  .filter(({ info, place }) => info === 'sh' && place.startsWith('README.md'))
  .flatMap(({ code }) => code.trim().split('\n'))
  .filter((line) => line.startsWith('npx taskflow '))
  .map((line) => line.split(' ').slice(2));

test('the README’s commands, one after the other, beside its `taskflow up`', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-readme-'));
  symlinkSync(join(root, 'examples'), join(folder, 'examples'));
  const [up, ...others] = commands;
  expect(up).toEqual(['up']);
  const running = start(folder, ['up', '-o', 'json']);
  try {
    running.stderr?.resume();
    await Promise.race([once(running.stdout!, 'data'), once(running, 'exit')]);
    for (const words of others) {
      const child = start(folder, words);
      const [[code], said] = await Promise.all([once(child, 'exit'), text(child.stderr!), text(child.stdout!)]);
      expect([words.join(' '), code, code === 0 ? '' : said]).toEqual([words.join(' '), 0, '']);
    }
  } finally {
    running.kill('SIGTERM');
    if (running.exitCode === null) await once(running, 'exit');
    rmSync(folder, { recursive: true });
  }
  expect(running.exitCode).toBe(0);
}, 120_000);

/** On free ports, so that a Taskflow that runs here already is left alone. */
function start(cwd: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TASKFLOW_GRPC_PORT: '0', TASKFLOW_HTTP_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
