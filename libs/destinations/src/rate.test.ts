import { createRate } from './rate.js';

/** Calls that go within these milliseconds, each as soon as it may. */
function callsIn(rate: ReturnType<typeof createRate>, fromMs: number, forMs: number): number {
  let calls = 0;
  for (let now = fromMs; now < fromMs + forMs;) {
    const wait = rate.take(now);
    if (wait === 0) calls += 1;
    else now += wait;
  }
  return calls;
}

test('a second of calls may go at once, then so many a second', () => {
  const rate = createRate(20);
  expect(callsIn(rate, 0, 1)).toBe(20);
  expect(callsIn(rate, 1, 10_000)).toBe(200);
});

test('a throttled call halves the rate, those that were under way with it do not halve it again', () => {
  const rate = createRate(20);
  for (let call = 0; call < 10; call += 1) rate.take(1000);
  for (let call = 0; call < 10; call += 1) rate.throttled(1100, 1000);
  expect(rate.perSecond(1100)).toBe(10);
  rate.throttled(1300, 1200);
  expect(rate.perSecond(1300)).toBe(5);
  expect(callsIn(rate, 1300, 2001)).toBe(10);
});

test('a storm leaves a call now and then, and the full rate is back within 100 s of its end', () => {
  const rate = createRate(20);
  for (let now = 0; now < 60_000; now += 500) rate.throttled(now, now);
  expect(rate.perSecond(60_000)).toBe(0.5);
  expect(callsIn(rate, 60_000, 9_000)).toBeLessThanOrEqual(5);
  expect(rate.perSecond(160_000)).toBe(20);
});

test('nothing goes while the server wants to be left alone', () => {
  const rate = createRate(20);
  rate.throttled(1000, 1000, 7000);
  expect(rate.take(1001)).toBe(6999);
  expect(callsIn(rate, 1000, 7000)).toBe(0);
  expect(callsIn(rate, 8000, 1000)).toBeGreaterThan(5);
});
