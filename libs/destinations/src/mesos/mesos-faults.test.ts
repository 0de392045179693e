import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '@taskflow/domain';
import type { ExternalRef } from '../observation.js';
import { createBench, eventually, type Bench, type Holder } from './test/bench.js';
import { openCluster, type Cluster } from './test/cluster.js';
import { openWireProxy, type WireProxy } from './test/wire-proxy.js';

let cluster: Cluster;
let bench: Bench;
let round = 0;
const proxies: WireProxy[] = [];
beforeAll(async () => {
  cluster = await openCluster();
}, 180_000);
afterAll(() => cluster.close());
beforeEach(() => {
  round += 1;
  bench = createBench(userInfo().username);
});
afterEach(async () => {
  await bench.close();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

const proxied = async (pieceBytes?: number): Promise<WireProxy> => {
  const proxy = await openWireProxy(cluster.master.url, pieceBytes);
  proxies.push(proxy);
  return proxy;
};

/** What it runs is counted where it runs. */
const journal = (): string => join(cluster.folder, `ran-${String(round)}`);
const job = (rest = 'exit 0', push = {}) => bench.request(`echo ran >>${journal()}; ${rest}`, push);
const ran = async (): Promise<number> => (await readFile(journal(), 'utf8')).trim().split('\n').length;
const hold = (): Promise<Holder> => bench.hold([cluster.master.url]);

test('a standby sends to the leading master, which is killed and comes back while tasks run: each ran once', async () => {
  const [standby] = cluster.agents;
  const grid = await bench.hold([standby?.url ?? '', cluster.master.url]);
  const refs = await Promise.all(Array.from({ length: 8 }, (_, n) => grid.submit(job(`sleep ${String(n % 4)}`))));
  await grid.until(refs[3] ?? refs[0]!, ({ state }) => state === 'running');
  await cluster.master.kill();
  expect(await eventually(() => grid.trouble(), 'that the master is away is told')).toBeDefined();
  cluster.master.start();
  const ends = await Promise.all(refs.map((ref) => grid.ended(ref)));
  expect(ends.map(({ state }) => state)).toEqual(refs.map(() => 'succeeded'));
  await grid.ended(await grid.submit(job()));
  expect(await ran()).toBe(9);
});

test('agents are killed and come back one by one while tasks run and are launched: each ran once', async () => {
  const grid = await hold();
  const some = async (): Promise<ExternalRef[]> => {
    const refs = await Promise.all(Array.from({ length: 8 }, (_, n) => grid.submit(job(`sleep ${String(n % 3)}`))));
    // An executor that has not met its agent yet does not survive it: such a task fails, and is a loss.
    for (const ref of refs) await grid.until(ref, ({ state }) => state !== 'starting');
    return refs;
  };
  const refs = await some();
  for (const agent of cluster.agents) {
    await agent.kill();
    refs.push(...(await some()));
    agent.start();
    await cluster.ready(2);
  }
  const ends = await Promise.all(refs.map((ref) => grid.ended(ref)));
  expect(ends.map(({ state }) => state)).toEqual(refs.map(() => 'succeeded'));
  expect(await ran()).toBe(refs.length);
});

test('tasks of an agent that is lost are waited for; a cancel that did not reach it is repeated when it is back', async () => {
  const grid = await hold();
  // One on each agent, and small ones.
  const sizes = [7, 7, 0.1, 0.1, 0.1, 0.1];
  const refs = await Promise.all(sizes.map((cpus) => grid.submit(job('sleep 600', { cpus }))));
  for (const ref of refs) await grid.until(ref, ({ state }) => state === 'running');
  const [lost] = cluster.agents;
  await lost?.kill();
  const away = await eventually(async () => {
    const seen = await grid.destination.describe(refs, bench.signal);
    return seen.filter(({ state }) => state === 'unreachable').map(({ ref }) => ref)[0];
  }, 'a task is unreachable');
  expect(await grid.destination.cancel([away], 'taskflow: enough', bench.signal)).toEqual([{ kind: 'sent' }]);
  lost?.start();
  await cluster.ready(2);
  expect(await grid.ended(away)).toMatchObject({ state: 'cancelled', reason: 'taskflow: enough' });
  for (const ref of refs) {
    if (ref !== away) await grid.until(ref, ({ state }) => state === 'running');
  }
  expect(await ran()).toBe(6);
});

test('a framework that an operator removes is said to be so; its tasks are missed until somebody resets it', async () => {
  const grid = await hold();
  const ref = await grid.submit(job('sleep 600'));
  await grid.until(ref, ({ state }) => state === 'running');
  const { framework_id: id } = bench.kept() as { framework_id: string };
  await fetch(`${cluster.master.url}/master/teardown`, { method: 'POST', body: `frameworkId=${id}` });
  const told = await eventually(async () => (await grid.trouble())?.match(/removed.*/)?.[0], 'the removal is told');
  expect(told).toContain('set reset_framework to go on as a new one');
  expect(await grid.destination.describe([ref], bench.signal)).toEqual([]);
  const [refused] = await grid.destination.submit([job()], bench.signal);
  expect(refused).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('was removed') as string });
  await grid.destination.stop();

  const next = await bench.hold([cluster.master.url], { resetFramework: true });
  expect(bench.kept()).not.toMatchObject({ framework_id: id });
  expect(await next.destination.describe([ref], bench.signal)).toEqual([]);
  expect(await next.ended(await next.submit(job()))).toMatchObject({ state: 'succeeded' });
});

test('a framework that another scheduler takes is left to it, with a clear reason, until that one is gone', async () => {
  const first = await hold();
  const ref = await first.submit(job('sleep 5'));
  const second = await hold();
  expect(await eventually(() => first.trouble(), 'it is told')).toContain(
    'another scheduler has subscribed as the framework',
  );
  const [refused] = await first.destination.submit([job()], bench.signal);
  expect(refused?.kind).toBe('unavailable');
  // Longer than the pause after which one that fights is back.
  const seen = await second.ended(ref);
  expect(seen.state).toBe('succeeded');
  expect(await second.trouble()).toBeUndefined();
  await second.destination.stop();
  await eventually(async () => ((await first.trouble()) === undefined ? true : undefined), 'it is back');
  await first.ended(await first.submit(job()));
  expect(await ran()).toBe(2);
});

test('a master that falls silent is given up and found again', async () => {
  let ahead = 0;
  const clock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + ahead };
  const grid = await bench.hold([cluster.master.url], { clock });
  const ref = await grid.submit(job('sleep 1'));
  cluster.master.signal('SIGSTOP');
  try {
    expect(await grid.trouble()).toBeUndefined();
    ahead = 76_000;
    expect(await eventually(() => grid.trouble(), 'the silence is noticed')).toBe('no heartbeat came from the master');
  } finally {
    cluster.master.signal('SIGCONT');
  }
  expect(await grid.ended(ref)).toMatchObject({ state: 'succeeded' });
  expect(await ran()).toBe(1);
});

test('a task waits for room, and gets it', async () => {
  const grid = await hold();
  const whole = { cpus: 7.5 };
  const refs = [await grid.submit(job('sleep 600', whole)), await grid.submit(job('sleep 600', whole))];
  const next = job('exit 0', whole);
  const [outcome] = await grid.destination.submit([{ ...next, tries: 1 }], bench.signal);
  expect(outcome).toEqual({ kind: 'full', message: 'no agent has offered room for it' });
  await grid.destination.cancel(refs, 'taskflow: enough', bench.signal);
  expect(await grid.ended(await grid.submit(next))).toMatchObject({ state: 'succeeded' });
});

test('a name that is refused because it runs fails nothing', async () => {
  const grid = await hold();
  const one = { ...job('sleep 1'), tries: 1 };
  const outcomes = await grid.destination.submit([one, one], bench.signal);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted']);
  const ref = { externalName: one.externalName, externalId: one.externalName, scope: {} };
  expect(await grid.ended(ref)).toMatchObject({ state: 'succeeded' });
  expect(await ran()).toBe(1);
});

test('an ACCEPT whose answer is lost is asked for and not sent again; one that is lost itself is', async () => {
  const proxy = await proxied();
  const grid = await bench.hold([proxy.url]);
  for (const mishap of ['answer lost', 'request lost'] as const) {
    const one = job('sleep 1');
    proxy.mishaps.set('ACCEPT', mishap);
    const [outcome] = await grid.destination.submit([{ ...one, tries: 1 }], bench.signal);
    expect(outcome?.kind).toBe('ambiguous');
    const [probed] = await grid.destination.probe([one], bench.signal);
    expect(probed?.kind).toBe(mishap === 'answer lost' ? 'found' : 'absent');
    expect(await grid.ended(await grid.submit(one))).toMatchObject({ state: 'succeeded' });
  }
  expect(await ran()).toBe(2);
  expect(proxy.calls.filter((type) => type === 'ACCEPT')).toHaveLength(3);
});

test('what is launched and cannot be recorded is known to the next holder with its agent', async () => {
  const proxy = await proxied();
  const grid = await bench.hold([proxy.url]);
  const one = job('sleep 2');
  proxy.mishaps.set('ACCEPT', 'answer lost');
  await grid.destination.submit([{ ...one, tries: 1 }], bench.signal);
  expect(bench.kept()).toMatchObject({ launching: { [one.externalName]: expect.any(String) as string } });
  await grid.destination.stop();
  const next = await bench.hold([proxy.url]);
  const [probed] = await next.destination.probe([one], bench.signal);
  expect(probed).toMatchObject({
    kind: 'found',
    observation: { ref: { scope: { agent: expect.any(String) as string } } },
  });
  await next.ended({ externalName: one.externalName, externalId: one.externalName, scope: {} });
  expect(await ran()).toBe(1);
});

test('what the master says in pieces of three bytes is read as it is said', async () => {
  const proxy = await proxied(3);
  const grid = await bench.hold([proxy.url]);
  const ref = await grid.submit(job('exit 3', { labels: { größe: '三つ 😀' } }));
  expect(await grid.ended(ref)).toMatchObject({ state: 'failed', exitCode: 3 });
});
