import { systemClock } from '@taskflow/domain';
import { fastest, timed } from '@taskflow/testing';
import { createWaiters, type WaitKind, type Waiters } from './waiters.js';

let polls: Readonly<Record<WaitKind, readonly string[]>>[];
let ended: Record<WaitKind, string[]>;
let waiters: Waiters;
const never = new AbortController().signal;

beforeEach(() => {
  polls = [];
  ended = { task: [], workflow: [] };
  waiters = createWaiters({
    clock: systemClock,
    endedOf: async (ids) => {
      polls.push(ids);
      return ended;
    },
    onError: (error) => {
      throw error;
    },
  });
});
afterEach(() => waiters.stop());

test('a hint within the process ends a wait without a poll', async () => {
  const waiting = waiters.wait('task', '1', 10_000, never);
  waiters.ended('task', ['2', '1']);
  expect(await waiting).toBe(true);
  expect(polls).toEqual([]);
});

test('one poll asks for everybody who waits, each instance once', async () => {
  ended = { task: ['1'], workflow: ['1', '2'] };
  const results = await Promise.all([
    waiters.wait('task', '1', 10_000, never),
    waiters.wait('task', '1', 10_000, never),
    waiters.wait('workflow', '1', 10_000, never),
    waiters.wait('workflow', '2', 10_000, never),
  ]);
  expect(results).toEqual([true, true, true, true]);
  expect(polls).toEqual([{ task: ['1'], workflow: ['1', '2'] }]);
});

test('a wait ends with false when its time has passed, or its caller has gone', async () => {
  const gone = new AbortController();
  const abandoned = waiters.wait('task', '1', 10_000, gone.signal);
  gone.abort();
  expect(await abandoned).toBe(false);
  expect(await waiters.wait('task', '1', 5, never)).toBe(false);
});

test('nobody polls when nobody waits any more', async () => {
  await waiters.wait('task', '1', 5, never);
  waiters.hint();
  await waiters.stop();
  expect(polls).toEqual([]);
});

test('after a hint about workflows one looks within milliseconds', async () => {
  ended = { task: [], workflow: ['1'] };
  const took = await fastest(5, 150, () =>
    timed(async () => {
      const waiting = waiters.wait('workflow', '1', 10_000, never);
      waiters.hint();
      expect(await waiting).toBe(true);
    }),
  );
  expect(took).toBeLessThan(150);
});

test('stopping ends every wait with DRAINING', async () => {
  const waiting = waiters.wait('task', '1', 10_000, never);
  await waiters.stop();
  await expect(waiting).rejects.toMatchObject({ reason: 'DRAINING' });
  await expect(waiters.wait('task', '1', 10_000, never)).rejects.toMatchObject({ reason: 'DRAINING' });
});
