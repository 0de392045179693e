import { createServer, type AddressInfo, type Socket } from 'node:net';
import { runPostgres, type TestPostgres } from '../postgres/run-postgres.ts';

declare global {
  var stopTestPostgres: (() => Promise<void>) | undefined;
}

/**
 * Runs once, in jest's own process. Answers on a local socket with the URL of a Postgres that it starts when the first
 * test asks for it, so that a run of pure tests starts none. TASKFLOW_TEST_DATABASE_URL names a server to use instead.
 */
export default async function globalSetup(): Promise<void> {
  if (process.env.TASKFLOW_TEST_DATABASE_URL) return;
  let starting: Promise<TestPostgres> | undefined;
  let running: TestPostgres | undefined;
  const answer = async (socket: Socket) => {
    socket.on('error', () => socket.destroy());
    try {
      running = await (starting ??= runPostgres());
      socket.end(JSON.stringify({ url: running.url }));
    } catch (error) {
      socket.end(JSON.stringify({ error: String(error) }));
    }
  };
  const server = createServer((socket) => void answer(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  process.env.TASKFLOW_TEST_POSTGRES_PORT = String((server.address() as AddressInfo).port);

  process.once('exit', () => running?.kill());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  globalThis.stopTestPostgres = async () => {
    server.close();
    await (await starting)?.stop();
    running = undefined;
  };
}
