import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from './embedded.js';

let dataDir: string;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-embedded-'));
  chmodSync(folder, 0o755);
  dataDir = join(folder, 'db');
});

afterAll(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }));

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

test('keeps its data over a stop, over a kill of its owner and a stale pid file', async () => {
  const first = await startEmbeddedPostgres({ dataDir });
  await query(first.url, 'create table kept as select 1 as n');
  expect(await query(first.url, 'show fsync')).toEqual([{ fsync: 'on' }]);
  await first.stop();
  await expect(query(first.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);

  // An owner that was killed leaves a running server behind, marked with the id of a process that is gone.
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'exit');
  const abandoned = await startEmbeddedPostgres({ dataDir });
  writeFileSync(join(dataDir, 'owner'), String(gone.pid));
  const second = await startEmbeddedPostgres({ dataDir });
  await expect(query(abandoned.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
  await second.stop();

  // After a power cut the pid file names whatever process has that number now.
  writeFileSync(join(dataDir, 'data', 'postmaster.pid'), `${process.pid}\n${join(dataDir, 'data')}\n`);
  const third = await startEmbeddedPostgres({ dataDir });
  expect(await query(third.url, 'select n from kept')).toEqual([{ n: 1 }]);
  await third.stop();
  expect(existsSync(join(dataDir, 'owner'))).toBe(false);
}, 60_000);

test('refuses a folder that a live process uses, and a busy port, saying so', async () => {
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  await once(other, 'spawn');
  const started = readFileSync(`/proc/${other.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
  writeFileSync(join(dataDir, 'owner'), `${other.pid} ${started}`);
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
    reason: 'EMBEDDED_IN_USE',
    message: expect.stringContaining(`process ${other.pid}`),
  });
  other.kill('SIGKILL');
  await once(other, 'exit');

  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(startEmbeddedPostgres({ dataDir, port })).rejects.toMatchObject({
    reason: 'EMBEDDED_FAILED',
    message: expect.stringMatching(/Address already in use/),
  });
  server.close();
}, 60_000);

test('removes its data when told to, wherever it lies', async () => {
  // Only its owner may enter: for root the data is then kept where the server's user can reach it.
  chmodSync(join(dataDir, '..'), 0o700);
  rmSync(dataDir, { recursive: true });
  const server = await startEmbeddedPostgres({ dataDir });
  expect(await query(server.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  const home = realpathSync(dataDir);
  await server.stop({ remove: true });
  expect([existsSync(home), existsSync(dataDir)]).toEqual([false, false]);
}, 60_000);
