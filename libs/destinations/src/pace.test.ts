import { setImmediate } from 'node:timers/promises';
import { systemClock } from '@taskflow/domain';
import { createPace, NotSent, type Pace } from './pace.js';

const never = new AbortController().signal;

function open(perSecond: number, atOnce = 100): Pace {
  const throttleOf = (error: unknown) =>
    error instanceof Error && error.message === 'throttled' ? { retryAfterMs: 60_000 } : undefined;
  return createPace({ clock: systemClock, perSecond, atOnce, throttleOf });
}

test('no more calls than that are under way at once', async () => {
  const pace = open(1000, 3);
  let underWay = 0;
  let most = 0;
  const call = async (): Promise<void> => {
    most = Math.max(most, (underWay += 1));
    await setImmediate();
    underWay -= 1;
  };
  await Promise.all(Array.from({ length: 50 }, () => pace.run(call, never)));
  expect(most).toBe(3);
});

test('a call whose turn does not come in time has not been sent, and lets the next one have it', async () => {
  const pace = open(1000, 1);
  const first = Promise.withResolvers<void>();
  const begun = pace.run(() => first.promise, never);
  const late = new AbortController();
  let sent = false;
  const waiting = pace.run(() => Promise.resolve((sent = true)), late.signal);
  const after = pace.run(() => Promise.resolve('done'), never);
  late.abort();
  await expect(waiting).rejects.toBeInstanceOf(NotSent);
  first.resolve();
  await begun;
  expect(await after).toBe('done');
  expect(sent).toBe(false);
});

test('what the server throttles slows down the next calls, and is told to who asked', async () => {
  const pace = open(100);
  await expect(pace.run(() => Promise.reject(new Error('throttled')), never)).rejects.toThrow('throttled');
  expect(pace.perSecond()).toBe(50);
  const soon = AbortSignal.timeout(20);
  await expect(pace.run(() => Promise.resolve(), soon)).rejects.toThrow(/50.0 calls a second/);
});
