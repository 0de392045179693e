import fc from 'fast-check';
import { nextJob } from './mix.js';
import { readOptions } from './options.js';
import { FAULT_KINDS, planFaults, type Fault } from './plan-faults.js';
import { namesOf } from './population.js';
import { seededRandom } from './random.js';

const plan = (...args: string[]): Fault[] => {
  const options = readOptions(args);
  const { seed, kinds, leaseTtlMs: leaseMs } = options;
  const timing = { forMs: options.minutes * 60_000, everyMs: options.every * 1000, leaseMs };
  return planFaults({ seed, kinds, ...timing }, namesOf(options));
};
const seeds = fc.nat().map(String);

test('the same seed plans the same faults, another seed others', () => {
  fc.assert(
    fc.property(seeds, seeds, (seed, other) => {
      expect(plan('--seed', seed)).toEqual(plan('--seed', seed));
      fc.pre(seed !== other);
      expect(plan('--seed', seed)).not.toEqual(plan('--seed', other));
    }),
    { numRuns: 50 },
  );
});

test('a longer run begins as the shorter one does', () => {
  const short = plan('--seed', '3', '--minutes', '2');
  expect(plan('--seed', '3', '--minutes', '10').slice(0, short.length)).toEqual(short);
});

test('two minutes hold every kind of fault, within their time, and every stop outlives the lease', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const faults = plan('--seed', seed, '--minutes', '2');
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
      expect(faults.every(({ atMs }) => atMs > 0 && atMs < 120_000)).toBe(true);
      expect(faults.every(({ kind, lastsMs }) => kind !== 'stop' || lastsMs > 5000)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('the same seed submits the same load', () => {
  const jobs = (): unknown[] => {
    const random = seededRandom(7, 'load');
    return Array.from({ length: 300 }, (_, index) => ({ ...nextJob(random, String(index), 5000, '/journal') }));
  };
  const timeless = (all: unknown[]): string => JSON.stringify(all).replaceAll(/"runAt":"[^"]*"/g, '');
  expect(timeless(jobs())).toBe(timeless(jobs()));
});
