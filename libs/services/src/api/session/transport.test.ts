import { fastest } from '@taskflow/testing';
import { openApi, type TestApi } from '../../test/open-api.js';
import { connectPoll, connectStream, success, type Connect, type TestWorker } from '../../test/test-worker.js';

let test_: TestApi;
let workers: TestWorker[];
let task: string;
let taskNumber = 0;

beforeAll(async () => {
  test_ = await openApi();
});
afterAll(() => test_.close());
beforeEach(async () => {
  workers = [];
  // A task of its own for each test: what one leaves behind is no other's work.
  taskNumber += 1;
  task = `task-${taskNumber}`;
  await register(task);
});
afterEach(async () => {
  for (const worker of workers) await worker.disconnect();
});

async function register(name: string): Promise<void> {
  const specJson = JSON.stringify({ name, retries: 1 });
  await test_.clients.definitions.applyDefinitions({ definitions: [{ kind: 'task', specJson }] });
}
async function submit(params: unknown = {}, name = task): Promise<string> {
  const paramsJson = JSON.stringify(params);
  const request = { task: name, paramsJson, priority: '', requestId: '', queue: '' };
  return (await test_.clients.submissions.submitTask(request)).id;
}
const instance = async (id: string) => (await test_.clients.instances.getTaskInstance({ id })).instance;

describe.each<[string, Connect]>([
  ['a session stream', connectStream],
  ['CompleteAndLease', connectPoll],
])('a worker over %s', (_name, connectBy) => {
  const connect: Connect = async (clients, hello) => {
    const worker = await connectBy(clients, { worker: `worker of ${task}`, handlers: [task], ...hello });
    workers.push(worker);
    return worker;
  };

  it('gets what it needs to run an instance, and its result is kept', async () => {
    const worker = await connect(test_.clients);
    const id = await submit({ n: 1 });
    const [lease] = await worker.lease(1);
    expect(lease).toMatchObject({
      ref: { id, attempt: 1 },
      task,
      handler: task,
      paramsJson: expect.stringMatching(/^\{"n": ?1\}$/),
      maxAttempts: expect.any(Number),
      traceParent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/),
    });
    expect(await instance(id)).toMatchObject({ status: 'running', worker: `worker of ${task}`, attempt: 1 });
    expect(await worker.complete(success(lease!, { rows: 3 }))).toMatchObject([{ ref: { id }, result: 'accepted' }]);
    expect(await instance(id)).toMatchObject({ status: 'success', outputJson: '{"rows": 3}' });
  });

  it('waits, and is given what is submitted meanwhile at once', async () => {
    const worker = await connect(test_.clients);
    const took = await fastest(5, 500, async () => {
      const leasing = worker.lease(1);
      // Answered after what was sent before it: the worker waits by now.
      await worker.complete();
      const begun = performance.now();
      const id = await submit();
      const [lease] = await leasing;
      const waited = performance.now() - begun;
      expect(lease?.ref?.id).toBe(id);
      await worker.complete(success(lease!));
      return waited;
    });
    expect(took).toBeLessThan(500);
  });

  it('that reports a result twice is told that it was accepted before', async () => {
    const worker = await connect(test_.clients);
    await submit();
    const [lease] = await worker.lease(1);
    await worker.complete(success(lease!, 1));
    expect(await worker.complete(success(lease!, 2))).toMatchObject([{ result: 'duplicate' }]);
    expect(await instance(lease!.ref!.id)).toMatchObject({ outputJson: '1' });
  });

  it('that reports a result of a lease it does not hold is fenced', async () => {
    const worker = await connect(test_.clients);
    await submit();
    const [lease] = await worker.lease(1);
    const stale = { ...lease!.ref!, leaseId: '999999999' };
    const unknown = { id: '999999999', attempt: 1, leaseId: '1' };
    const acks = await worker.complete(
      { ...success(lease!), ref: stale },
      { ...success(lease!), ref: unknown },
      success(lease!),
    );
    expect(acks.map(({ result }) => result)).toEqual(['fenced', 'fenced', 'accepted']);
  });

  it('whose lease went to another one is fenced when it completes, which /metrics counts', async () => {
    const [first, second] = [await connect(test_.clients), await connect(test_.clients, { worker: `${task} too` })];
    const fenced = async (): Promise<number> => {
      const text = await (await fetch(`${test_.baseUrl}/metrics`)).text();
      return Number(/^taskflow_fenced_writes_total\{what="completion"\} (\d+)$/m.exec(text)?.[1]);
    };
    const before = await fenced();
    const id = await submit();
    const [lost] = await first.lease(1);
    await first.handBack(lost!.ref!);
    const [lease] = await second.lease(1);
    expect(lease?.ref?.id).toBe(id);
    expect(await first.complete(success(lost!, 'late'))).toMatchObject([{ result: 'fenced' }]);
    expect(await fenced()).toBe(before + 1);
    expect(await second.complete(success(lease!, 'in time'))).toMatchObject([{ result: 'accepted' }]);
    expect(await instance(id)).toMatchObject({ outputJson: '"in time"' });
    expect(await fenced()).toBe(before + 1);
  });

  it('hands back what it has not started, and no attempt is burnt', async () => {
    const worker = await connect(test_.clients);
    const id = await submit();
    const [lease] = await worker.lease(1);
    await worker.handBack(lease!.ref!);
    const [again] = await worker.lease(1);
    expect(again?.ref).toMatchObject({ id, attempt: 1 });
    expect(again?.ref?.leaseId).not.toBe(lease?.ref?.leaseId);
    await worker.complete(success(again!));
  });

  it('sends log lines, which are stored, once, in order', async () => {
    const worker = await connect(test_.clients);
    const id = await submit();
    const [lease] = await worker.lease(1);
    const line = (seq: number) => ({ seq: BigInt(seq), stream: 'stdout', at: new Date(), line: `line ${seq}` });
    expect(await worker.log({ ref: lease!.ref, lines: [line(1), line(2)] })).toMatchObject([{ ref: { id }, seq: 2n }]);
    await worker.log({ ref: lease!.ref, lines: [line(2), line(3)] });
    await worker.complete(success(lease!));
    const { lines } = await test_.clients.instances.listTaskLogs({ id, pageSize: 0, pageToken: '', attempt: 0 });
    expect(lines.map((each) => each.line)).toEqual(['line 1', 'line 2', 'line 3']);
  });

  it('is told of a cancel within a second', async () => {
    const worker = await connect(test_.clients);
    const took = await fastest(5, 1000, async () => {
      const id = await submit();
      const [lease] = await worker.lease(1);
      const cancelling = worker.cancel();
      const begun = performance.now();
      await test_.clients.instances.cancelTaskInstance({ id, reason: 'no longer needed' });
      expect(await cancelling).toMatchObject({ ref: lease!.ref, reason: 'no longer needed' });
      const waited = performance.now() - begun;
      await worker.complete({ ...success(lease!), outcome: 'cancelled', outputJson: '' });
      expect(await instance(id)).toMatchObject({ status: 'cancelled' });
      return waited;
    });
    expect(took).toBeLessThan(1000);
  });

  it('that lost its connection keeps what it says it holds; a lease it never heard of goes back', async () => {
    const worker = await connect(test_.clients);
    await submit();
    await submit();
    const [kept, unheard] = await worker.lease(2);
    await worker.disconnect();
    const again = await connect(test_.clients, { held: [kept!.ref!] });
    expect(again.welcome.lost).toEqual([]);
    const [released] = await again.lease(1);
    expect(released?.ref).toMatchObject({ id: unheard!.ref!.id, attempt: 1 });
    expect(await again.complete(success(kept!), success(released!))).toMatchObject([
      { result: 'accepted' },
      { result: 'accepted' },
    ]);
    expect(await again.complete(success(unheard!))).toMatchObject([{ result: 'fenced' }]);
  });

  it('is told which of the leases that it held are lost', async () => {
    const worker = await connect(test_.clients);
    await submit();
    const [lease] = await worker.lease(1);
    await worker.handBack(lease!.ref!);
    const [again] = await worker.lease(1);
    await worker.disconnect();
    const resumed = await connect(test_.clients, { held: [lease!.ref!, again!.ref!] });
    expect(resumed.welcome.lost).toEqual([lease!.ref]);
    await resumed.complete(success(again!));
  });

  it('of a protocol that is not spoken here is refused with the reason', async () => {
    await expect(connect(test_.clients, { protocol: 99 })).rejects.toMatchObject({
      name: 'IllegalTransition',
      reason: 'PROTOCOL_UNSUPPORTED',
    });
  });

  it('renews its leases by heartbeat', async () => {
    const worker = await connect(test_.clients);
    const { leaseTtl } = await test_.clients.workers.heartbeat({ sessionId: worker.welcome.sessionId });
    expect(leaseTtl?.seconds).toBe(15n);
  });

  it('is given a task that is registered while it waits', async () => {
    const name = `${task}-late`;
    const worker = await connect(test_.clients, { handlers: [name] });
    const leasing = worker.lease(1);
    await register(name);
    const id = await submit({}, name);
    const [lease] = await leasing;
    expect(lease?.ref?.id).toBe(id);
    await worker.complete(success(lease!));
  });
});

test('a heartbeat of a session that is over says LEASE_LOST', async () => {
  await expect(test_.clients.workers.heartbeat({ sessionId: '999999999' })).rejects.toMatchObject({
    name: 'LeaseLost',
    reason: 'LEASE_LOST',
  });
});
