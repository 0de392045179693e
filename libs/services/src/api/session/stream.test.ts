import { systemClock } from '@taskflow/domain';
import { leaseTasks, resolveLanes, silentWake } from '@taskflow/engine';
import type { SessionRequest } from '@taskflow/proto/taskflow/v1/workers.js';
import { openDb } from '@taskflow/store';
import { createClients, openApi, ready, startApi, testRuntime, type TestApi } from '../../test/open-api.js';
import { connectPoll, connectStream, helloOf, mailboxOf, success } from '../../test/test-worker.js';

let served: TestApi;
beforeAll(async () => {
  served = await openApi();
  const specs = [{ name: 'load' }, { name: 'other' }, { name: 'big', params: { type: 'object' } }];
  await served.clients.definitions.applyDefinitions({
    definitions: specs.map((spec) => ({ kind: 'task', specJson: JSON.stringify(spec) })),
  });
});
afterAll(() => served.close());

const submission = (task: string, paramsJson = '') => ({
  task,
  paramsJson,
  priority: '',
  requestId: '',
  queue: '',
});
async function submit(task: string, count = 1, paramsJson = ''): Promise<string[]> {
  const submissions = Array.from({ length: count }, () => ({
    item: { $case: 'task' as const, value: submission(task, paramsJson) },
  }));
  const { results } = await served.clients.submissions.submitBatch({ submissions, requestId: '' });
  return results.map(({ id }) => id);
}

function open(clients = served.clients) {
  const stream = clients.workers.session();
  return {
    stream,
    mailbox: mailboxOf(stream),
    send: (message: SessionRequest['message']) => stream.write({ message }),
  };
}

describe('a message that cannot be taken ends the stream with what is wrong', () => {
  const ref = { id: '1', attempt: 1, leaseId: '1' };
  const completion = { ...success({ ref } as never), ref };
  it.each<[string, SessionRequest['message'], RegExp]>([
    ['no hello at first', { $case: 'credit', value: { leases: 1 } }, /hello as the first message/],
    ['a nameless worker', { $case: 'hello', value: helloOf({ worker: '' }) }, /worker: got "".*1 to 200 characters/],
    ['no slots', { $case: 'hello', value: helloOf({ slots: 0 }) }, /slots: got 0/],
    [
      'a held lease without a number',
      { $case: 'hello', value: helloOf({ held: [{ id: 'x', attempt: 1, leaseId: '1' }] }) },
      /hello\.held\[0\]\.id: got "x"/,
    ],
  ])('%s', async (_name, message, expected) => {
    const { mailbox, send } = open();
    send(message);
    expect(await mailbox.over).toMatchObject({ message: expect.stringMatching(expected) });
  });

  it.each<[string, SessionRequest['message'], RegExp]>([
    ['a second hello', { $case: 'hello', value: helloOf() }, /wanted credit, completions, logs/],
    ['nothing at all', undefined, /wanted credit, completions, logs/],
    ['no credit', { $case: 'credit', value: { leases: 0 } }, /credit\.leases: got 0/],
    ['too much credit', { $case: 'credit', value: { leases: 2_000_000_000 } }, /credit\.leases: got 2000000000/],
    [
      'an unknown outcome',
      { $case: 'completions', value: { completions: [{ ...completion, outcome: 'maybe' }] } },
      /completion\.outcome: got "maybe", wanted success, failed, cancelled, timeout/,
    ],
    [
      'a result without a lease',
      { $case: 'completions', value: { completions: [{ ...completion, ref: undefined }] } },
      /completion\.ref: is missing/,
    ],
    [
      'a line of no known stream',
      {
        $case: 'logs',
        value: { batches: [{ ref, lines: [{ seq: 1n, stream: 'stdlog', at: new Date(), line: 'x' }] }] },
      },
      /logs\.lines\[0\]\.stream: got "stdlog"/,
    ],
  ])('%s', async (_name, message, expected) => {
    const { mailbox, send } = open();
    send({ $case: 'hello', value: helloOf({ worker: 'bad' }) });
    await mailbox.next('welcome');
    send(message);
    const failure = await mailbox.over;
    expect(failure).toMatchObject({ name: 'InvalidInput', message: expect.stringMatching(expected) });
  });
});

test('a worker that drains and holds nothing says goodbye: its session is closed', async () => {
  const { stream, mailbox, send } = open();
  send({ $case: 'hello', value: helloOf({ worker: 'leaving', handlers: ['other'] }) });
  const { sessionId } = await mailbox.next('welcome');
  send({ $case: 'credit', value: { leases: 5 } });
  send({ $case: 'drain', value: {} });
  stream.end();
  expect(await mailbox.over).toBeUndefined();
  const [session] = await served.sql<{ close_reason: string }>(
    'select close_reason from worker_sessions where id = $1 and closed_at is not null',
    [sessionId],
  );
  expect(session).toEqual({ close_reason: 'drained' });
});

test('a worker that drains gets nothing more', async () => {
  const { stream, mailbox, send } = open();
  send({ $case: 'hello', value: helloOf({ worker: 'draining', handlers: ['other'] }) });
  await mailbox.next('welcome');
  send({ $case: 'credit', value: { leases: 5 } });
  send({ $case: 'drain', value: {} });
  send({ $case: 'completions', value: { completions: [] } });
  await mailbox.next('acks');
  const [id] = await submit('other');
  const taking = await connectStream(served.clients, { worker: 'taking', handlers: ['other'] });
  const [lease] = await taking.lease(1);
  expect(lease?.ref?.id).toBe(id);
  await taking.complete(success(lease!));
  await taking.disconnect();
  stream.cancel();
});

test('a second worker of the same name ends the session of the first', async () => {
  const { mailbox, send } = open();
  send({ $case: 'hello', value: helloOf({ worker: 'twin', process: 'one' }) });
  await mailbox.next('welcome');
  const second = await connectStream(served.clients, { worker: 'twin', process: 'two' });
  expect(await mailbox.over).toMatchObject({ name: 'LeaseLost', reason: 'SESSION_REPLACED' });
  await second.disconnect();
});

test('the same process that connects again ends its own earlier session, which says so', async () => {
  const { mailbox, send } = open();
  send({ $case: 'hello', value: helloOf({ worker: 'again', process: 'one' }) });
  await mailbox.next('welcome');
  const second = await connectStream(served.clients, { worker: 'again', process: 'one' });
  expect(await mailbox.over).toMatchObject({ name: 'LeaseLost', reason: 'LEASE_LOST' });
  await second.disconnect();
});

test('thousands of results in one message are all acknowledged', async () => {
  const worker = await connectStream(served.clients, { worker: 'busy', handlers: ['load'] });
  await submit('load', 3000);
  const leases = await worker.lease(3000);
  expect(new Set(leases.map(({ ref }) => ref?.id)).size).toBe(3000);
  const acks = await worker.complete(...leases.map((lease) => success(lease)));
  expect(acks.filter(({ result }) => result === 'accepted')).toHaveLength(3000);
  await worker.disconnect();
});

test('a worker that does not read holds up nobody else, and takes no more than its reader', async () => {
  // 200 KiB each: far more than the windows of a connection hold.
  const paramsJson = JSON.stringify({ blob: 'x'.repeat(200 * 1024) });
  for (let i = 0; i < 4; i += 1) await submit('big', 50, paramsJson);
  const clients = createClients(served.address);
  const stream = clients.workers.session();
  stream.write({ message: { $case: 'hello', value: helloOf({ worker: 'deaf', handlers: ['big'] }) } });
  stream.write({ message: { $case: 'credit', value: { leases: 200 } } });
  const worker = await connectStream(served.clients, { worker: 'listening', handlers: ['load'] });
  for (let i = 0; i < 20; i += 1) {
    const [id] = await submit('load');
    const [lease] = await worker.lease(1);
    expect(lease?.ref?.id).toBe(id);
    await worker.complete(success(lease!));
  }
  await worker.disconnect();
  stream.cancel();
  clients.channel.close();
});

test('an api that stops sends its workers away, after their results are recorded', async () => {
  const api = await startApi(served.database.url);
  await ready(api);
  const clients = createClients(`127.0.0.1:${api.grpcPort()}`);
  const { mailbox, send } = open(clients);
  send({ $case: 'hello', value: helloOf({ worker: 'sent-away', handlers: ['load'] }) });
  await mailbox.next('welcome');
  send({ $case: 'credit', value: { leases: 2 } });
  await submit('load', 2);
  const { leases } = await mailbox.next('leases');
  send({ $case: 'completions', value: { completions: [success(leases[0]!)] } });
  const stopping = api.stop();
  expect(await mailbox.next('goAway')).toEqual({ reason: 'the api stops' });
  await stopping;
  await mailbox.over;
  clients.channel.close();

  const again = await connectStream(served.clients, {
    worker: 'sent-away',
    handlers: ['load'],
    held: leases.map(({ ref }) => ref!),
  });
  const acks = await again.complete(...leases.map((lease) => success(lease)));
  expect(acks.map(({ result }) => result).sort()).toEqual(expect.arrayContaining(['accepted']));
  expect(acks.map(({ result }) => result)).not.toContain('fenced');
  await again.disconnect();
});

test('work that is submitted to one api wakes a worker of another', async () => {
  const api = await startApi(served.database.url);
  await ready(api);
  const clients = createClients(`127.0.0.1:${api.grpcPort()}`);
  const worker = await connectStream(clients, { worker: 'elsewhere', handlers: ['other'] });
  const leasing = worker.lease(1);
  await worker.complete();
  const [id] = await submit('other');
  const [lease] = await leasing;
  expect(lease?.ref?.id).toBe(id);
  const cancelling = worker.cancel();
  await served.clients.instances.cancelTaskInstance({ id: id!, reason: '' });
  expect((await cancelling).ref).toEqual(lease?.ref);
  await worker.complete({ ...success(lease!), outcome: 'cancelled', outputJson: '' });
  await worker.disconnect();
  clients.channel.close();
  await api.stop();
});

describe('CompleteAndLease', () => {
  const turn = { hello: undefined, completions: [], logs: [], handBack: [], maxLeases: 0, wait: undefined };
  const call = (request: object) => served.clients.workers.completeAndLease({ ...turn, sessionId: '', ...request });

  it.each<[string, object, RegExp]>([
    ['neither hello nor a session', {}, /session_id: is missing/],
    ['too many leases', { hello: helloOf(), maxLeases: 5000 }, /max_leases: got 5000, wanted 0 to 1000/],
    ['too long a wait', { hello: helloOf(), wait: { seconds: 3600n, nanos: 0 } }, /wait: got "3600s"/],
  ])('refuses %s', async (_name, request, message) => {
    await expect(call(request)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringMatching(message),
    });
  });

  it('of a session that has ended says LEASE_LOST', async () => {
    await expect(call({ sessionId: '99999999' })).rejects.toMatchObject({ name: 'LeaseLost' });
  });

  it('without a wait looks once, with one it waits that long', async () => {
    const { welcome } = await call({ hello: helloOf({ worker: 'looking', handlers: ['other'] }) });
    const { sessionId } = welcome!;
    expect(await call({ sessionId, maxLeases: 1 })).toMatchObject({ leases: [] });
    const [id] = await submit('other');
    const { leases } = await call({ sessionId, maxLeases: 1 });
    expect(leases).toMatchObject([{ ref: { id } }]);
    await call({ sessionId, completions: [success(leases[0]!)] });
    expect(await call({ sessionId, maxLeases: 1, wait: { seconds: 0n, nanos: 5e7 } })).toMatchObject({ leases: [] });
  });

  it('goes on at another api, where the session is not known yet', async () => {
    const worker = await connectPoll(served.clients, { worker: 'roaming', handlers: ['other'] });
    const api = await startApi(served.database.url);
    await ready(api);
    const clients = createClients(`127.0.0.1:${api.grpcPort()}`);
    const [id] = await submit('other');
    const { sessionId } = worker.welcome;
    const wait = { seconds: 10n, nanos: 0 };
    const { leases } = await clients.workers.completeAndLease({ ...turn, sessionId, maxLeases: 1, wait });
    expect(leases).toMatchObject([{ ref: { id } }]);
    await worker.complete(success(leases[0]!));
    clients.channel.close();
    await api.stop();
  });

  it('whose caller has gone gives back what was claimed for it', async () => {
    const { welcome } = await call({ hello: helloOf({ worker: 'gone', handlers: ['other'] }) });
    const gone = new AbortController();
    const waiting = served.clients.workers.completeAndLease(
      { ...turn, sessionId: welcome!.sessionId, maxLeases: 1, wait: { seconds: 30n, nanos: 0 } },
      { signal: gone.signal },
    );
    // Answered after what was sent before it: the other call waits by now.
    await call({ sessionId: welcome!.sessionId });
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ reason: 'CANCELLED' });
    const [id] = await submit('other');
    const worker = await connectStream(served.clients, { worker: 'there', handlers: ['other'] });
    const [lease] = await worker.lease(1);
    expect(lease?.ref).toMatchObject({ id, attempt: 1 });
    await worker.complete(success(lease!));
    await worker.disconnect();
  });
});

test('what an api claimed and never sent, because it was killed in between, goes to the worker when it connects again', async () => {
  const worker = await connectStream(served.clients, { worker: 'bereft', handlers: ['other'] });
  const { sessionId } = worker.welcome;
  const [id] = await submit('other');
  const db = openDb({ url: served.database.url, applicationName: 'killed api' });
  const { logger, tracer } = await testRuntime();
  const ctx = { db, clock: systemClock, logger, tracer, wake: silentWake, actor: 'api', signal: AbortSignal.any([]) };
  const [session] = await resolveLanes(ctx, { sessionIds: [sessionId] });
  const unsent = await leaseTasks(ctx, { laneIds: session?.laneIds ?? [], demand: [{ sessionId, credits: 1 }] });
  expect(unsent).toMatchObject([{ ref: { id, attempt: 1 } }]);
  await db.close();
  await worker.disconnect();

  const again = await connectStream(served.clients, { worker: 'bereft', handlers: ['other'], held: [] });
  const [lease] = await again.lease(1);
  expect(lease?.ref).toMatchObject({ id, attempt: 1 });
  expect(await again.complete(success(lease!))).toMatchObject([{ result: 'accepted' }]);
  await again.disconnect();
});
