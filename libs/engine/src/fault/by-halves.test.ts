import { InvalidInput, Unavailable, fieldViolation } from '@taskflow/domain';
import { byHalves } from './by-halves.js';

const ids = Array.from({ length: 1000 }, (_, index) => String(index));

async function run(bad: ReadonlyMap<string, unknown>) {
  let steps = 0;
  const done: string[] = [];
  const spoiled: string[] = [];
  await byHalves(
    ids,
    (part) => {
      steps += 1;
      for (const id of part) if (bad.has(id)) return Promise.reject(bad.get(id) as Error);
      done.push(...part);
      return Promise.resolve();
    },
    (id) => {
      spoiled.push(id);
      return Promise.resolve();
    },
  );
  return { steps, done: done.length, spoiled };
}

const refused = InvalidInput.of('params', [fieldViolation('day', undefined, 'a day')]);
const badText = Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05', severity: 'ERROR' });

test('one that spoils the work is found in few steps, and all others are done', async () => {
  const { steps, done, spoiled } = await run(new Map([['617', new TypeError('no such thing')]]));
  expect([done, spoiled]).toEqual([999, ['617']]);
  expect(steps).toBeLessThan(25);
});

test('several are found, whether code or the database refuses them', async () => {
  const bad = new Map<string, unknown>([
    ['0', refused],
    ['1', badText],
    ['999', new RangeError('too deep')],
  ]);
  expect(await run(bad)).toMatchObject({ done: 997, spoiled: ['0', '1', '999'] });
});

test.each([
  ['the database is away', new Unavailable('away', { reason: 'DATABASE_DOWN' })],
  ['its disk is full', Object.assign(new Error('disk full'), { code: '53100', severity: 'ERROR' })],
  ['a column is missing', Object.assign(new Error('no column'), { code: '42703', severity: 'ERROR' })],
  ['the connection broke', Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' })],
])('nobody is blamed when %s', async (_, error) => {
  await expect(run(new Map([['617', error]]))).rejects.toBe(error);
});
