import { createServer } from 'node:net';
import { Client, Metadata, credentials } from '@grpc/grpc-js';
import { createClients, openApi, ready, startApi, testConfig, testRuntime, type TestApi } from '../test/open-api.js';
import { connectStream, success } from '../test/test-worker.js';
import { createApi } from './api.js';

type Health = 'SERVING' | 'NOT_SERVING';

function health(port: number): Promise<Health> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      (value: Buffer) => value,
      (bytes) => bytes,
      Buffer.alloc(0),
      new Metadata(),
      (error, answer) => {
        client.close();
        if (error) reject(error);
        else resolve(answer?.[1] === 1 ? 'SERVING' : 'NOT_SERVING');
      },
    );
  });
}

/** A database that is away until `open`, and again after `shut`. */
async function gateTo(url: string) {
  const target = new URL(url);
  const { connect } = await import('node:net');
  const sockets = new Set<import('node:net').Socket>();
  let isOpen = false;
  const proxy = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (!isOpen) return socket.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    sockets.add(upstream);
    upstream.on('error', () => socket.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
    return undefined;
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const gated = new URL(url);
  gated.port = String((proxy.address() as { port: number }).port);
  gated.hostname = '127.0.0.1';
  return {
    url: gated.href,
    open: () => {
      isOpen = true;
    },
    shut() {
      isOpen = false;
      for (const socket of sockets) socket.destroy();
    },
    close: () => new Promise((resolve) => proxy.close(resolve)),
  };
}

describe('a database that is away', () => {
  let real: TestApi;
  beforeAll(async () => {
    real = await openApi();
  });
  afterAll(() => real.close());

  it('at the start is waited for, and at work it is waited for again; health tells', async () => {
    const gate = await gateTo(real.database.url);
    const api = await startApi(gate.url);
    const clients = createClients(`127.0.0.1:${api.grpcPort()}`);
    const list = () => clients.definitions.listTasks({ pageSize: 0, pageToken: '', active: undefined });
    try {
      expect(await health(api.grpcPort())).toBe('NOT_SERVING');
      expect(api.health()).toMatchObject({
        ok: false,
        detail: expect.stringMatching(/database at 127\.0\.0\.1:\d+\//),
      });
      const readiness = await fetch(`http://127.0.0.1:${api.httpPort()}/readyz`);
      expect(readiness.status).toBe(503);
      await expect(list()).rejects.toMatchObject({ name: 'Unavailable', reason: 'DATABASE_DOWN' });

      gate.open();
      await ready(api);
      expect(await health(api.grpcPort())).toBe('SERVING');
      expect(await list()).toMatchObject({ tasks: [] });

      gate.shut();
      await expect(list()).rejects.toMatchObject({ name: 'Unavailable', reason: 'DATABASE_DOWN' });
      while (api.health().ok) await new Promise(setImmediate);
      expect(await health(api.grpcPort())).toBe('NOT_SERVING');

      gate.open();
      await ready(api);
      expect(await list()).toMatchObject({ tasks: [] });
    } finally {
      clients.channel.close();
      await api.stop();
      gate.shut();
      await gate.close();
    }
  });

  it('does not lose the results that workers report meanwhile', async () => {
    const gate = await gateTo(real.database.url);
    gate.open();
    const api = await startApi(gate.url);
    await ready(api);
    const clients = createClients(`127.0.0.1:${api.grpcPort()}`);
    try {
      const specJson = JSON.stringify({ name: 'load' });
      await clients.definitions.applyDefinitions({ definitions: [{ kind: 'task', specJson }] });
      const request = { task: 'load', paramsJson: '', priority: '', requestId: '', queue: '' };
      const { id } = await clients.submissions.submitTask(request);
      const worker = await connectStream(clients, { handlers: ['load'] });
      const [lease] = await worker.lease(1);
      gate.shut();
      const completing = worker.complete(success(lease!, 42));
      gate.open();
      expect(await completing).toMatchObject([{ result: 'accepted' }]);
      const { instance } = await real.clients.instances.getTaskInstance({ id });
      expect(instance).toMatchObject({ status: 'success', outputJson: '42' });
      await worker.disconnect();
    } finally {
      clients.channel.close();
      await api.stop();
      gate.shut();
      await gate.close();
    }
  });
});

test.each([
  ['TASKFLOW_GRPC_PORT', /Port \d+ on 127\.0\.0\.1 is in use .* set TASKFLOW_GRPC_PORT/],
  ['TASKFLOW_HTTP_PORT', /Port \d+ on 127\.0\.0\.1 is in use .* set TASKFLOW_HTTP_PORT/],
])('a busy port is named with its variable: %s', async (variable, message) => {
  const busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
  const port = String((busy.address() as { port: number }).port);
  const api = createApi(await testRuntime(), testConfig('postgres://nobody@127.0.0.1:1/none', { [variable]: port }));
  await expect(api.start()).rejects.toMatchObject({ reason: 'PORT_IN_USE', message: expect.stringMatching(message) });
  await api.stop();
  await new Promise((resolve) => busy.close(resolve));
});

test('a database that lacks migrations is refused with what to do, where migrating is somebody else’s task', async () => {
  const { createEmptyDatabase } = await import('@taskflow/testing');
  const empty = await createEmptyDatabase();
  const api = await startApi(empty.url);
  while (!/taskflow db migrate/.test(api.health().detail)) await new Promise(setImmediate);
  expect(api.health().ok).toBe(false);
  await api.stop();

  const migrating = await startApi(empty.url, { TASKFLOW_DATABASE_MIGRATE: 'on' });
  await ready(migrating);
  await migrating.stop();
  await empty.drop();
});

test('stopping twice is stopping once', async () => {
  const { api, close } = await openApi();
  await Promise.all([api.stop(), api.stop()]);
  await close();
});
