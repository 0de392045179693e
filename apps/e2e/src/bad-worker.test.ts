import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { WorkerServiceService, type Completion, type Hello, type Lease } from '@taskflow/proto/taskflow/v1/workers.js';
import { createClient, openChannel, type Channel, type ServiceClient } from '@taskflow/rpc/client';
import { task } from '@taskflow/sdk';
import { deployed } from './harness/prove.js';

const job = task({ name: 'job', bash: 'true' });
const TURN = {
  hello: undefined,
  sessionId: '',
  completions: [],
  logs: [],
  handBack: [],
  maxLeases: 0,
  wait: undefined,
};

function hello(process: string, more: Partial<Hello> = {}): Hello {
  return {
    protocol: 1,
    worker: 'w',
    host: 'h',
    version: '1',
    queues: [],
    tasks: [],
    handlers: ['@bash'],
    labels: {},
    slots: 4,
    held: [],
    process,
    ...more,
  };
}

const done = (ref: Lease['ref']): Completion => ({ ref, outcome: 'success', outputJson: '1', reason: '', message: '' });

describe('a worker that is wrong is told so, and does no harm', () => {
  let channel: Channel;
  let workers: ServiceClient<typeof WorkerServiceService>;
  const { prove, the } = deployed(async ({ start, client }) => {
    await start('api');
    await client.apply({ tasks: [job] });
  });
  beforeAll(() => {
    channel = openChannel(the().grpcAddress);
    workers = createClient(WorkerServiceService, channel);
  });
  afterAll(() => channel.close());

  const open = async (process: string) => {
    const { welcome } = await workers.completeAndLease({ ...TURN, hello: hello(process) });
    return welcome?.sessionId ?? '';
  };
  const leaseOne = async (sessionId: string): Promise<Lease> => {
    const { leases } = await workers.completeAndLease({
      ...TURN,
      sessionId,
      maxLeases: 1,
      wait: { seconds: 10n, nanos: 0 },
    });
    const [lease] = leases;
    if (lease === undefined) throw new Error('no lease came');
    return lease;
  };
  const complete = async (sessionId: string, ref: Lease['ref']) =>
    (await workers.completeAndLease({ ...TURN, sessionId, completions: [done(ref)] })).acks[0];

  prove('a lease completed twice counts once', async ({ client, sql }) => {
    const { id } = await client.submit(job);
    const session = await open('p1');
    const { ref } = await leaseOne(session);
    expect(await complete(session, ref)).toMatchObject({ result: 'accepted' });
    expect(await complete(session, ref)).toMatchObject({ result: 'duplicate' });
    expect(await sql('select attempt, outcome from task_attempts where task_instance_id = $1', [id])).toEqual([
      { attempt: 1, outcome: 'success' },
    ]);
  });

  prove('a stale worker is fenced, whichever way it comes', async ({ client, sql }) => {
    const { id } = await client.submit(job);
    const stale = await open('p1');
    const { ref } = await leaseOne(stale);
    const fresh = await open('p2');
    await expect(complete(stale, ref)).rejects.toMatchObject({ kind: 'LeaseLost' });
    expect(await complete(fresh, ref)).toMatchObject({ result: 'fenced', message: expect.stringMatching(/lease/i) });
    await expect(workers.heartbeat({ sessionId: stale })).rejects.toMatchObject({
      kind: 'LeaseLost',
      reason: 'SESSION_REPLACED',
    });
    const again = await leaseOne(fresh);
    expect(again.ref).toMatchObject({ id, attempt: 2 });
    expect(await complete(fresh, again.ref)).toMatchObject({ result: 'accepted' });
    expect(
      await sql('select attempt, outcome from task_attempts where task_instance_id = $1 order by 1', [id]),
    ).toEqual([
      { attempt: 1, outcome: 'lost' },
      { attempt: 2, outcome: 'success' },
    ]);
  });

  prove('an instance that is unknown, and ids that are none', async () => {
    const session = await open('p3');
    const ref = { id: '999999', attempt: 1, leaseId: '1' };
    expect(await complete(session, ref)).toMatchObject({ ref, result: 'fenced' });
    await expect(complete(session, { ...ref, id: 'one' })).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringMatching(/completions.*id.*"one"|id.*one/s),
    });
    await expect(complete('999999', ref)).rejects.toMatchObject({ kind: 'LeaseLost' });
  });

  prove('a protocol that the server does not speak is refused on both ways in, with who must upgrade', async () => {
    const newer = hello('p4', { protocol: 99 });
    const refusal = {
      kind: 'IllegalTransition',
      reason: 'PROTOCOL_UNSUPPORTED',
      message: expect.stringMatching(/1.*99.*upgrade/s),
    };
    await expect(workers.completeAndLease({ ...TURN, hello: newer })).rejects.toMatchObject(refusal);
    const stream = workers.session();
    stream.write({ message: { $case: 'hello', value: newer } });
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject(refusal);
  });

  prove('the auditor finds nothing', async ({ audit }) => expect(await audit()).toEqual([]));
});
