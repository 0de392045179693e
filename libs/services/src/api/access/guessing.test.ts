import { randomBytes } from 'node:crypto';
import { openGuardedApi, type GuardedApi } from '../../test/open-guarded-api.js';

let api: GuardedApi;

beforeAll(async () => {
  api = await openGuardedApi();
});
afterAll(() => api.close());

const guess = (): string => `tf_${randomBytes(32).toString('base64url')}`;

async function whoAmI(token: string): Promise<string> {
  const response = await fetch(`${api.baseUrl}/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
  const body = (await response.json()) as { name?: string; error?: { reason: string } };
  return body.error?.reason ?? body.name ?? '';
}

describe('somebody who guesses tokens', () => {
  it('is slowed down, while those who know theirs are served at once and new ones soon, from the same address', async () => {
    const known = await api.token('viewer', 'known');
    expect(await whoAmI(known.secret)).toBe('known');
    const late = await api.token('viewer', 'late');

    const began = performance.now();
    let unanswered = 200;
    const one = () => whoAmI(guess()).finally(() => (unanswered -= 1));
    const guesses = Promise.all(Array.from({ length: unanswered }, one));
    expect(await whoAmI(known.secret)).toBe('known');
    expect(unanswered).toBeGreaterThan(0);
    const answers = await guesses;
    const guessesMs = performance.now() - began;

    // Ten are looked at at once, and one more each second; fifty wait a second for their turn, the others are told to come again.
    const count = (reason: string): number => answers.filter((answer) => answer === reason).length;
    expect(count('TOKEN_UNKNOWN')).toBeLessThanOrEqual(10 + 51 * (1 + guessesMs / 1000));
    expect(count('TOO_MANY_TOKENS')).toBe(200 - count('TOKEN_UNKNOWN'));
    expect(guessesMs).toBeGreaterThan(900);

    const lateBegan = performance.now();
    expect(await whoAmI(late.secret)).toBe('late');
    expect(performance.now() - lateBegan).toBeLessThan(5000);
  });
});

it('many workers that come at once with tokens of their own are all let in', async () => {
  const fresh = await openGuardedApi({ database: api.database });
  const tokens = await Promise.all(Array.from({ length: 40 }, (_, index) => api.token('worker', `pool ${index}`)));
  const names = await Promise.all(tokens.map(({ secret }) => fresh.as(secret).access.whoAmI({})));
  expect(names.map(({ name }) => name)).toEqual(tokens.map(({ name }) => name));
  await fresh.close();
});
