import fc from 'fast-check';
import { decideAfterAttempt, type AttemptEnd, type RetryPolicy, type RetryShape } from './retry-policy.js';

const plain: RetryShape = {
  factor: 1,
  max_delay_ms: 3_600_000,
  jitter: 0,
  retry_on: [],
  stop_on: [],
  exit_codes: { retry: [], stop: [] },
};

function policy(retries: number, shape: Partial<RetryShape> = {}, infra = 3): RetryPolicy {
  return { retries, retry_delay_ms: 1000, infra_retries: infra, retry: { ...plain, ...shape } };
}

function failure(failures: number, end: Partial<AttemptEnd> = {}): AttemptEnd {
  return { failures, losses: 0, outcome: 'failure', reason: 'EXIT_CODE', random: 0.5, ...end };
}

test('without retries the first failure is the last', () => {
  expect(decideAfterAttempt(policy(0), failure(0))).toEqual({ next: 'failed', reason: 'EXIT_CODE' });
});

test('a failure is tried again as often as retries say', () => {
  const next = [0, 1, 2].map((failures) => decideAfterAttempt(policy(2), failure(failures)).next);
  expect(next).toEqual(['retry', 'retry', 'failed']);
});

test.each([
  ['constant', {}, [1000, 1000, 1000, 1000]],
  ['growing', { factor: 3 }, [1000, 3000, 9000, 27_000]],
  ['capped', { factor: 3, max_delay_ms: 5000 }, [1000, 3000, 5000, 5000]],
])('delays are %s', (_, shape, delays) => {
  const decisions = delays.map((__, failures) => decideAfterAttempt(policy(9, shape), failure(failures)));
  expect(decisions).toEqual(delays.map((delayMs) => ({ next: 'retry', delayMs, counts: 'failure' })));
});

test('a delay beyond what a number holds is the longest one, and no delay stays none', () => {
  const steep = policy(1000, { factor: 100 });
  expect(decideAfterAttempt(steep, failure(999))).toMatchObject({ delayMs: 3_600_000 });
  expect(decideAfterAttempt({ ...steep, retry_delay_ms: 0 }, failure(999))).toMatchObject({ delayMs: 0 });
});

test('jitter makes a delay shorter or longer, never longer than the longest', () => {
  const jittered = policy(3, { factor: 4, jitter: 0.5, max_delay_ms: 5000 });
  const delays = [0, 0.5, 0.999999].map((random) => decideAfterAttempt(jittered, failure(0, { random })));
  expect(delays).toMatchObject([{ delayMs: 500 }, { delayMs: 1000 }, { delayMs: 1500 }]);
  expect(decideAfterAttempt(jittered, failure(1, { random: 0.9 }))).toMatchObject({ delayMs: 5000 });
});

test('a first loss is tried again at once, further ones after growing pauses', () => {
  const losses = Array.from({ length: 9 }, (_, index) => index);
  const decisions = losses.map((count) =>
    decideAfterAttempt(policy(0, {}, 8), failure(0, { losses: count, outcome: 'loss', reason: 'WORKER_LOST' })),
  );
  expect(decisions.map((decision) => (decision.next === 'retry' ? decision.delayMs : decision.reason))).toEqual([
    0,
    1000,
    2000,
    4000,
    8000,
    16_000,
    30_000,
    30_000,
    'POISONED',
  ]);
});

test.each<[string, Partial<RetryShape>, Partial<AttemptEnd>, 'retry' | 'failed']>([
  ['no list', {}, {}, 'retry'],
  ['stop_on names it', { stop_on: ['OOM'] }, { reason: 'OOM' }, 'failed'],
  ['stop_on names another', { stop_on: ['OOM'] }, { reason: 'TIMEOUT' }, 'retry'],
  ['retry_on names it', { retry_on: ['TIMEOUT'] }, { reason: 'TIMEOUT' }, 'retry'],
  ['retry_on names another', { retry_on: ['TIMEOUT'] }, {}, 'failed'],
  ['both name it', { retry_on: ['OOM'], stop_on: ['OOM'] }, { reason: 'OOM' }, 'failed'],
  ['its exit code stops', { exit_codes: { retry: [], stop: [2] } }, { exitCode: 2 }, 'failed'],
  ['another exit code stops', { exit_codes: { retry: [], stop: [2] } }, { exitCode: 1 }, 'retry'],
  ['its exit code is retried', { exit_codes: { retry: [75], stop: [] } }, { exitCode: 75 }, 'retry'],
  ['another exit code is retried', { exit_codes: { retry: [75], stop: [] } }, { exitCode: 1 }, 'failed'],
  [
    'only its reason is listed',
    { retry_on: ['TIMEOUT'], exit_codes: { retry: [75], stop: [] } },
    { reason: 'TIMEOUT' },
    'retry',
  ],
  ['a loss, whatever the lists say', { stop_on: ['WORKER_LOST'] }, { outcome: 'loss', reason: 'WORKER_LOST' }, 'retry'],
])('%s', (_, shape, end, next) => {
  expect(decideAfterAttempt(policy(1, shape), failure(0, end)).next).toBe(next);
});

const anyPolicy = fc.record({
  retries: fc.integer({ min: 0, max: 1000 }),
  retry_delay_ms: fc.integer({ min: 0, max: 1e9 }),
  infra_retries: fc.integer({ min: 0, max: 20 }),
  retry: fc.record({
    factor: fc.double({ min: 1, max: 100, noNaN: true }),
    max_delay_ms: fc.integer({ min: 0, max: 1e9 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    retry_on: fc.constant([]),
    stop_on: fc.constant([]),
    exit_codes: fc.constant({ retry: [], stop: [] }),
  }),
});
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('every delay is between 0 and max_delay, and within the jitter of the plain one', () => {
  fc.assert(
    fc.property(anyPolicy, fc.nat(999), random, (any, failures, chance) => {
      const decision = decideAfterAttempt(any, failure(failures, { random: chance }));
      if (decision.next !== 'retry') return;
      const bare = decideAfterAttempt({ ...any, retry: { ...any.retry, jitter: 0 } }, failure(failures));
      const plainDelay = bare.next === 'retry' ? bare.delayMs : Number.NaN;
      expect(decision.delayMs).toBeGreaterThanOrEqual(Math.floor(plainDelay * (1 - any.retry.jitter)) - 1);
      expect(decision.delayMs).toBeLessThanOrEqual(Math.ceil(plainDelay * (1 + any.retry.jitter)) + 1);
      expect(decision.delayMs).toBeGreaterThanOrEqual(0);
      expect(decision.delayMs).toBeLessThanOrEqual(any.retry.max_delay_ms);
    }),
  );
});

test('without jitter no delay is shorter than the one before', () => {
  fc.assert(
    fc.property(anyPolicy, fc.nat(998), (any, failures) => {
      const steady = { ...any, retries: 1000, retry: { ...any.retry, jitter: 0 } };
      const [first, second] = [failures, failures + 1].map((count) => decideAfterAttempt(steady, failure(count)));
      if (first?.next !== 'retry' || second?.next !== 'retry') throw new Error('the budget allows both');
      expect(second.delayMs).toBeGreaterThanOrEqual(first.delayMs);
    }),
  );
});

test('whatever happens, there are at most retries + infra_retries + 1 attempts, and each budget is its own', () => {
  const small = anyPolicy.map((any) => ({ ...any, retries: any.retries % 20 }));
  fc.assert(
    fc.property(small, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (any, lost) => {
      const count = { failure: 0, loss: 0 };
      let attempts = 0;
      for (const isLost of lost) {
        attempts += 1;
        const outcome = isLost ? 'loss' : 'failure';
        const end = failure(count.failure, { losses: count.loss, outcome });
        const decision = decideAfterAttempt(any, end);
        if (decision.next === 'failed') {
          expect(count[outcome]).toBe(isLost ? any.infra_retries : any.retries);
          expect(decision.reason).toBe(isLost ? 'POISONED' : end.reason);
          break;
        }
        count[decision.counts] += 1;
      }
      expect(attempts).toBeLessThanOrEqual(any.retries + any.infra_retries + 1);
    }),
  );
});
