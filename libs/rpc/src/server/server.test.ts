import { Client, Metadata, credentials } from '@grpc/grpc-js';
import { context, trace } from '@opentelemetry/api';
import { NotFound, QuotaExceeded } from '@taskflow/domain';
import { InstanceServiceService, TaskInstance } from '@taskflow/proto/taskflow/v1/instances.js';
import { SubmissionServiceService } from '@taskflow/proto/taskflow/v1/submissions.js';
import { WorkerServiceService } from '@taskflow/proto/taskflow/v1/workers.js';
import { silentLogger, startTelemetry, type Telemetry } from '@taskflow/runtime';
import { createClient } from '../client/client.js';
import { openChannel, type Channel } from '../client/channel.js';
import { MAX_REQUEST_BYTES, bindService, createRpcServer, type Call, type Handlers, type RpcServer } from './server.js';

type Instances = Handlers<typeof InstanceServiceService>;

let telemetry: Telemetry;
let server: RpcServer;
let channel: Channel;
let port: number;
let seen: Call[];

const handlers = {
  getTaskInstance: async ({ id }, call) => {
    seen.push(call);
    if (id === '404') throw new NotFound(`There is no task instance ${id}.`);
    if (id === '429') throw new QuotaExceeded('slow down', { retryAfterMs: 250 });
    if (id === '500') throw new Error('a fault');
    if (id === 'slow') await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
    return { instance: TaskInstance.fromPartial({ id }) };
  },
  async *tailTaskLogs({ id }) {
    yield { lines: [] };
    if (id === '404') throw new NotFound('gone');
    yield { lines: [] };
  },
} satisfies Partial<Instances>;

beforeAll(async () => {
  telemetry = await startTelemetry({ service: 'test', version: '0' });
  const environment = { logger: silentLogger(), tracer: telemetry.tracer };
  server = createRpcServer({
    ...environment,
    host: '127.0.0.1',
    port: 0,
    portVariable: 'TASKFLOW_GRPC_PORT',
    services: [
      bindService(InstanceServiceService, handlers as unknown as Instances),
      bindService(SubmissionServiceService, {
        submitStream: async (requests: AsyncIterable<unknown>) => {
          let accepted = 0n;
          for await (const _ of requests) accepted += 1n;
          return { accepted, refused: 0n, refusals: [] };
        },
      } as unknown as Handlers<typeof SubmissionServiceService>),
      bindService(WorkerServiceService, {
        session: async (stream) => {
          for await (const request of stream) {
            if (request.message?.$case === 'drain') throw new NotFound('drained');
            stream.write({ message: { $case: 'goAway', value: { reason: request.message?.$case ?? '' } } });
          }
        },
      } as Partial<Handlers<typeof WorkerServiceService>> as Handlers<typeof WorkerServiceService>),
    ],
  });
  port = await server.start();
  channel = openChannel(`127.0.0.1:${port}`);
});
beforeEach(() => {
  seen = [];
});
afterAll(async () => {
  channel.close();
  await server.stop(1000);
  await telemetry.stop();
});

const instances = () => createClient(InstanceServiceService, channel);

describe('a unary call', () => {
  it('answers', async () => {
    expect(await instances().getTaskInstance({ id: '7' })).toMatchObject({ instance: { id: '7' } });
  });

  it.each([
    ['404', { name: 'NotFound', message: 'There is no task instance 404.' }],
    ['429', { name: 'QuotaExceeded', retryAfterMs: 250 }],
    ['500', { name: 'InternalError', requestId: 'mine-1', message: expect.stringContaining('mine-1') }],
  ])('fails with the class that the server threw (%s)', async (id, expected) => {
    await expect(instances().getTaskInstance({ id }, { requestId: 'mine-1' })).rejects.toMatchObject(expected);
  });

  it('continues the trace of its caller, and tells the handler the position of its own span', async () => {
    const span = telemetry.tracer.startSpan('caller');
    await context.with(trace.setSpan(context.active(), span), () => instances().getTaskInstance({ id: '7' }));
    const { traceId, spanId } = span.spanContext();
    expect(seen[0]?.traceParent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(seen[0]?.traceParent).not.toContain(spanId);
  });

  it('tells the handler when the caller gives up', async () => {
    const gaveUp = new AbortController();
    const call = instances().getTaskInstance({ id: 'slow' }, { signal: gaveUp.signal });
    while (seen.length === 0) await new Promise(setImmediate);
    gaveUp.abort();
    await expect(call).rejects.toMatchObject({ reason: 'CANCELLED' });
    if (!seen[0]?.signal.aborted) {
      await new Promise((resolve) => seen[0]?.signal.addEventListener('abort', resolve));
    }
  });

  it('fails in time when it has a deadline', async () => {
    await expect(instances().getTaskInstance({ id: 'slow' }, { timeoutMs: 50 })).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
    });
  });

  it('of more than the largest size is refused with both sizes', async () => {
    await expect(instances().getTaskInstance({ id: 'x'.repeat(MAX_REQUEST_BYTES) })).rejects.toMatchObject({
      name: 'InvalidInput',
      reason: 'MESSAGE_TOO_LARGE',
      message: expect.stringContaining(String(MAX_REQUEST_BYTES)),
    });
  });
});

describe('streams', () => {
  it('of requests are counted', async () => {
    const client = createClient(SubmissionServiceService, channel);
    const requests = Array.from({ length: 100 }, () => ({ submissions: [] }));
    expect(await client.submitStream(requests)).toMatchObject({ accepted: 100n });
  });

  it('of answers end, or fail with the class that the server threw', async () => {
    const received: unknown[] = [];
    for await (const message of instances().tailTaskLogs({ id: '7', pageToken: '' })) received.push(message);
    expect(received).toHaveLength(2);
    const failing = async () => {
      for await (const _ of instances().tailTaskLogs({ id: '404', pageToken: '' }));
    };
    await expect(failing()).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('of both carry messages both ways until one side ends', async () => {
    const stream = createClient(WorkerServiceService, channel).session();
    stream.write({ message: { $case: 'credit', value: { leases: 1 } } });
    stream.write({ message: { $case: 'drain', value: {} } });
    const received: string[] = [];
    const reading = async () => {
      for await (const { message } of stream) if (message?.$case === 'goAway') received.push(message.value.reason);
    };
    await expect(reading()).rejects.toMatchObject({ name: 'NotFound', message: 'drained' });
    expect(received).toEqual(['credit']);
  });
});

describe('the server', () => {
  const unary = <T>(path: string, request: Buffer) =>
    new Promise<T>((resolve, reject) => {
      const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
      client.makeUnaryRequest(
        path,
        (value: Buffer) => value,
        (bytes) => bytes as T,
        request,
        new Metadata(),
        (error, value) => {
          client.close();
          if (error || value === undefined) reject(error ?? new Error('no answer'));
          else resolve(value);
        },
      );
    });
  const health = () => unary<Buffer>('/grpc.health.v1.Health/Check', Buffer.alloc(0));

  it('is NOT_SERVING until it is told otherwise', async () => {
    expect(await health()).toEqual(Buffer.from([8, 2]));
    server.setServing(true);
    expect(await health()).toEqual(Buffer.from([8, 1]));
  });

  it('names the port and its variable when the port is busy', async () => {
    const environment = { logger: silentLogger(), tracer: telemetry.tracer };
    const second = createRpcServer({
      ...environment,
      host: '127.0.0.1',
      port,
      portVariable: 'TASKFLOW_GRPC_PORT',
      services: [],
    });
    await expect(second.start()).rejects.toMatchObject({
      reason: 'PORT_IN_USE',
      message: expect.stringMatching(new RegExp(`Port ${port} .*TASKFLOW_GRPC_PORT`)),
    });
    await second.stop(0);
  });

  it('lets tools list its services', async () => {
    const stream = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const call = stream.makeBidiStreamRequest(
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      (value: Buffer) => value,
      (bytes) => bytes,
      new Metadata(),
    );
    call.end(Buffer.from([0x3a, 0x01, 0x2a])); // list_services: "*"
    const answers: Buffer[] = [];
    for await (const answer of call) answers.push(answer as Buffer);
    expect(Buffer.concat(answers).toString('latin1')).toContain('taskflow.v1.SubmissionService');
    stream.close();
  });
});
