import { Unavailable } from '@taskflow/domain';
import type { LeasedTask } from '@taskflow/engine';
import { createLeaseDispatcher, type Demand, type LeaseDispatcher } from './lease-dispatcher.js';
import type { Taker } from './taker.js';

interface Claim {
  readonly laneIds: readonly number[];
  readonly demand: readonly Demand[];
  answer(leases: readonly LeasedTask[]): Promise<void>;
  fail(error: Error): Promise<void>;
}

let claims: Claim[];
let givenBack: string[];
let errors: unknown[];
let dispatcher: LeaseDispatcher;
let nextId = 0;

const settle = async () => {
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
};
const lease = (sessionId: string) => ({ sessionId, ref: { id: String((nextId += 1)) } }) as LeasedTask;

beforeEach(() => {
  claims = [];
  givenBack = [];
  errors = [];
  dispatcher = createLeaseDispatcher({
    lease: (laneIds, demand) =>
      new Promise((resolve, reject) => {
        claims.push({
          laneIds,
          demand,
          async answer(leases) {
            resolve(leases);
            await settle();
          },
          async fail(error) {
            reject(error);
            await settle();
          },
        });
      }),
    giveBack: async (sessionId, leases) => {
      givenBack.push(...leases.map(({ ref }) => `${sessionId}:${ref.id}`));
    },
    onError: (error) => errors.push(error),
  });
});

function taker(sessionId: string, laneIds: readonly number[], credits: number) {
  const taken: string[] = [];
  let left = credits;
  return {
    sessionId,
    laneIds,
    taken,
    wanted: () => left,
    take(leases: readonly LeasedTask[]) {
      left -= leases.length;
      taken.push(...leases.map(({ ref }) => ref.id));
    },
    grant(more: number) {
      left += more;
    },
  } satisfies Taker & Record<string, unknown>;
}

test('one claim serves all who share their lanes; others claim apart', async () => {
  const slow = taker('s1', [1, 2], 1);
  dispatcher.join(slow);
  dispatcher.join(taker('s2', [2, 1], 5));
  dispatcher.join(taker('s3', [1, 2], 7));
  dispatcher.join(taker('s4', [3], 1));
  expect(claims.map(({ laneIds }) => laneIds)).toEqual([[1, 2], [3]]);
  await claims[0]?.answer([lease('s1')]);
  expect(claims[2]?.demand).toEqual([
    { sessionId: 's2', credits: 5 },
    { sessionId: 's3', credits: 7 },
  ]);
});

test('a set with nothing left sleeps until it is woken', async () => {
  const one = taker('s1', [1], 10);
  dispatcher.join(one);
  await claims[0]?.answer([lease('s1')]);
  expect(claims).toHaveLength(1);
  dispatcher.wake([2]);
  expect(claims).toHaveLength(1);
  dispatcher.wake([1]);
  expect(claims).toHaveLength(2);
});

test('a wake-up during an empty claim is not lost: the claim may have begun too early to see the row', async () => {
  dispatcher.join(taker('s1', [1], 10));
  dispatcher.wake([1]);
  await claims[0]?.answer([]);
  expect(claims).toHaveLength(2);
  await claims[1]?.answer([]);
  expect(claims).toHaveLength(2);
});

test('credits that come while the set sleeps do not make it ask again; a poll does', async () => {
  const one = taker('s1', [1], 1);
  dispatcher.join(one);
  await claims[0]?.answer([]);
  one.grant(5);
  dispatcher.changed(one);
  expect(claims).toHaveLength(1);
  dispatcher.poll(true);
  expect(claims[1]?.demand).toEqual([{ sessionId: 's1', credits: 6 }]);
});

test('with notifications a poll looks at one sleeping set, each in turn', async () => {
  for (const lane of [1, 2, 3]) dispatcher.join(taker(`s${lane}`, [lane], 1));
  for (const claim of [...claims]) await claim.answer([]);
  const polled: unknown[] = [];
  for (let i = 0; i < 3; i += 1) {
    dispatcher.poll(false);
    polled.push(claims.at(-1)?.laneIds);
    await claims.at(-1)?.answer([]);
  }
  expect(polled).toEqual([[1], [2], [3]]);
});

test('a submission leases to who waits where nothing is left, and no claim asks for what is kept for it', async () => {
  const one = taker('s1', [1], 2);
  dispatcher.join(one);
  expect(dispatcher.waiting(1)).toBeUndefined();
  await claims[0]?.answer([]);
  expect(dispatcher.waiting(2)).toBeUndefined();
  const first = dispatcher.waiting(1);
  const second = dispatcher.waiting(1);
  expect([first?.sessionId, second?.sessionId, dispatcher.waiting(1)]).toEqual(['s1', 's1', undefined]);
  dispatcher.wake([1]);
  expect(claims).toHaveLength(1);
  first?.lease(lease('s1'));
  expect(one.taken).toHaveLength(1);
  second?.release();
  await settle();
  expect(claims[1]?.demand).toEqual([{ sessionId: 's1', credits: 1 }]);
});

test('what was leased to one that went meanwhile is given back', async () => {
  const one = taker('s1', [1], 1);
  dispatcher.join(one);
  await claims[0]?.answer([]);
  const waiting = dispatcher.waiting(1);
  dispatcher.leave(one);
  const given = lease('s1');
  waiting?.lease(given);
  expect(givenBack).toEqual([`s1:${given.ref.id}`]);
});

test('nothing is polled while nobody waits', async () => {
  const one = taker('s1', [1], 1);
  dispatcher.join(one);
  await claims[0]?.answer([lease('s1')]);
  dispatcher.poll(true);
  expect(claims).toHaveLength(1);
});

test('what was claimed for a taker that has gone is given back', async () => {
  const gone = taker('s1', [1], 2);
  const there = taker('s2', [1], 2);
  dispatcher.join(gone);
  dispatcher.join(there);
  await claims[0]?.answer([]);
  dispatcher.wake([1]);
  dispatcher.leave(gone);
  const [a, b] = [lease('s1'), lease('s2')];
  await claims[1]?.answer([a, b]);
  expect(givenBack).toEqual([`s1:${a.ref.id}`]);
  expect(there.taken).toEqual([b.ref.id]);
});

test('no more leases are taken than were asked for, and a flood of demand is shared', async () => {
  dispatcher.join(taker('s0', [1], 1));
  for (let i = 1; i <= 4; i += 1) dispatcher.join(taker(`s${i}`, [1], 100_000));
  await claims[0]?.answer([lease('s0')]);
  expect(claims[1]?.demand.map(({ credits }) => credits)).toEqual([250, 250, 250, 250]);
});

test('few are asked for until all of them were there, and again once they were not', async () => {
  dispatcher.join(taker('s1', [1], 100_000));
  const leases = (count: number) => Array.from({ length: count }, () => lease('s1'));
  const asked = () => claims.at(-1)?.demand.map(({ credits }) => credits);
  expect(asked()).toEqual([50]);
  await claims[0]?.answer(leases(50));
  expect(asked()).toEqual([1000]);
  await claims[1]?.answer(leases(999));
  dispatcher.wake([1]);
  expect(asked()).toEqual([50]);
});

test('a claim that fails is tried again after a pause', async () => {
  dispatcher.join(taker('s1', [1], 1));
  await claims[0]?.fail(new Unavailable('away', { reason: 'DATABASE_DOWN' }));
  expect(errors).toHaveLength(1);
  expect(claims).toHaveLength(1);
  while (claims.length < 2) await new Promise(setImmediate);
  await claims[1]?.answer([]);
});

test('lanes that are resolved anew are claimed from at once', async () => {
  const one: Taker & { laneIds: readonly number[] } = { ...taker('s1', [1], 3) };
  dispatcher.join(one);
  await claims[0]?.answer([]);
  Object.assign(one, { laneIds: [1, 9] });
  dispatcher.changed(one);
  expect(claims[1]?.laneIds).toEqual([1, 9]);
  expect(dispatcher.serves(9)).toBe(true);
});

test('stopping waits for the claim that runs, and begins no other', async () => {
  const one = taker('s1', [1], 5);
  dispatcher.join(one);
  let stopped = false;
  const stopping = dispatcher.stop().then(() => {
    stopped = true;
  });
  dispatcher.wake([1]);
  await settle();
  expect(stopped).toBe(false);
  const claimed = lease('s1');
  await claims[0]?.answer([claimed]);
  await stopping;
  expect(one.taken).toEqual([claimed.ref.id]);
  expect(claims).toHaveLength(1);
});
