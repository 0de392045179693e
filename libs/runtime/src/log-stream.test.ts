import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

const STREAM = join(import.meta.dirname, 'log-stream.ts');

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** A process that says `ready`, and does the rest when it is told to. */
async function start(body: string): Promise<ChildProcess> {
  const program = `
    import { openLogStream } from ${JSON.stringify(STREAM)};
    const log = openLogStream(2);
    process.send('ready');
    process.once('message', () => { ${body} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  running.push(child);
  await once(child, 'message');
  return child;
}

const LINES = 'for (let n = 0; n < 30_000; n += 1) log.write(`line ${n} ${"x".repeat(50)}\\n`);';

test('every line is written in order, the last ones by an ending process too', async () => {
  const child = await start(`${LINES} setTimeout(() => { log.write('last\\n'); process.exit(3); }, 50);`);
  child.send('go');
  const written = (await text(child.stderr ?? Readable.from([]))).split('\n');
  expect(written.slice(0, 30_000).every((line, n) => line.startsWith(`line ${n} x`))).toBe(true);
  expect(written.slice(30_000)).toEqual(['last', '']);
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(3);
});

test('a reader that is gone keeps no process from ending', async () => {
  const child = await start(`log.write('to nobody\\n'); process.exit(4);`);
  child.stderr?.destroy();
  await once(child.stderr ?? child, 'close');
  child.send('go');
  expect(await once(child, 'exit')).toEqual([4, null]);
});

test('a reader that does not read does not hold up the process', async () => {
  const child = await start(`${LINES} setTimeout(() => process.send('alive'), 100);`);
  child.stderr?.pause();
  child.send('go');
  expect(await once(child, 'message')).toEqual(['alive', undefined]);
});
