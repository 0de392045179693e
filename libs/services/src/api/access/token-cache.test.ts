import { systemClock } from '@taskflow/domain';
import { createTokenCache, type FoundToken, type TokenCache } from './token-cache.js';

const token = (id: string): FoundToken => ({
  id,
  name: `token ${id}`,
  role: 'viewer',
  state: 'valid',
  expiresInMs: undefined,
});

let now: number;
let revoked: Set<string>;
let away: boolean;
let asked: string[];
let cache: TokenCache;

beforeEach(() => {
  now = 0;
  revoked = new Set();
  away = false;
  asked = [];
  cache = createTokenCache({
    clock: { ...systemClock, monotonicMs: () => now },
    check: async ({ ids }) => {
      asked = [...ids];
      if (away) throw new Error('the database is away');
      return ids.map((id) => ({ ...token(id), state: revoked.has(id) ? 'revoked' : 'valid' }));
    },
    onError: () => undefined,
  });
});
afterEach(() => cache.stop());

it('tells a stream that begins just as its token ends', async () => {
  const admission = cache.add('a', token('1'));
  revoked.add('1');
  await cache.recheck();
  const ended: Error[] = [];
  admission.follow((error) => ended.push(error));
  expect(ended).toMatchObject([{ reason: 'TOKEN_REVOKED' }]);
});

it('checks what is followed however many others there are, and forgets those', async () => {
  const ended: Error[] = [];
  cache.add('stream', token('0')).follow((error) => ended.push(error));
  for (let id = 1; id <= 12_000; id += 1) cache.add(`key ${id}`, token(`${id}`));
  revoked.add('0');
  await cache.recheck();
  expect(ended).toHaveLength(1);
  expect(asked.length).toBeLessThanOrEqual(10_000);
});

it('while it cannot check ends no stream, and after ten seconds lets nobody in unasked', async () => {
  const ended: Error[] = [];
  cache.add('a', token('1')).follow((error) => ended.push(error));
  away = true;
  now = 9_000;
  await cache.recheck();
  expect(cache.get('a')).toBeDefined();
  now = 11_000;
  await cache.recheck();
  expect(cache.get('a')).toBeUndefined();
  expect(ended).toEqual([]);
  away = false;
  await cache.recheck();
  expect(cache.get('a')).toBeDefined();
});

it('lets nobody in after the moment at which a token expires', () => {
  cache.add('a', { ...token('1'), expiresInMs: 500 });
  expect(cache.get('a')).toBeDefined();
  now = 500;
  expect(cache.get('a')).toBeUndefined();
});

it('forgets what nobody uses', async () => {
  cache.add('a', token('1'));
  now = 61_000;
  await cache.recheck();
  expect(asked).toEqual([]);
});
