import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { createCleanUp } from './clean-up.js';

const ROOT = join(import.meta.dirname, '../../../..');
const CHAOS = ['--import', './tools/docs/from-sources.ts', 'apps/e2e/src/chaos/chaos.ts'];

function isListening(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

/** What carries a variable that only this run has. */
async function processesWith(variable: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = pids.map(async (pid) => ({
    pid,
    text: await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
  }));
  return (await Promise.all(environments)).flatMap(({ pid, text }) =>
    text.split('\0').includes(variable) ? [pid] : [],
  );
}

test.each(['SIGTERM', 'SIGINT'] as const)('a run that is ended by %s leaves no process behind', async (signal) => {
  const folder = `/tmp/chaos-${signal}-${String(process.pid)}`;
  const mark = `HOME=${folder}`;
  const child = spawn(process.execPath, [...CHAOS, '--minutes', '5', '--workers', '1'], {
    cwd: ROOT,
    env: { ...process.env, HOME: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let port = 0;
  for await (const line of createInterface(child.stdout)) {
    port = Number(/Postgres listens on port (\d+)/.exec(line)?.[1] ?? port);
    if (line.includes('every process has started')) break;
  }
  child.stdout.resume();
  expect((await processesWith(mark)).length).toBeGreaterThan(6);
  expect(await isListening(port)).toBe(true);
  child.kill(signal);
  expect(await exited).toEqual([signal === 'SIGTERM' ? 143 : 130, null]);
  expect(await processesWith(mark)).toEqual([]);
  expect(await isListening(port)).toBe(false);
});

test('what opens while a run is ended is closed as soon as it is open, and the last that was opened first', async () => {
  const closed: string[] = [];
  const close = (name: string): Promise<void> => Promise.resolve(void closed.push(name));
  const cleanUp = createCleanUp();
  const late = Promise.withResolvers<string>();
  await cleanUp.open(Promise.resolve('first'), close);
  void cleanUp.open(late.promise, close);
  const failed = cleanUp.open(Promise.reject(new Error('it did not open')), close);
  await expect(failed).rejects.toThrow('it did not open');
  const done = cleanUp.run();
  late.resolve('late');
  await Promise.all([done, cleanUp.run()]);
  expect(closed).toEqual(['late', 'first']);
});
