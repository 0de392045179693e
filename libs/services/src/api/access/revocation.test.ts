import type { TestDatabase } from '@taskflow/testing';
import { openGuardedApi, type Clients, type GuardedApi } from '../../test/open-guarded-api.js';
import { connectPoll, helloOf, mailboxOf } from '../../test/test-worker.js';

/** "Within seconds": the other replica looks every two. */
const SOON_MS = 6000;

let api: GuardedApi;
let other: GuardedApi;

beforeAll(async () => {
  api = await openGuardedApi();
  const database: TestDatabase = api.database;
  other = await openGuardedApi({ database });
  const definitions = [{ kind: 'task', specJson: '{"name":"load"}' }];
  await api.admin.definitions.applyDefinitions({ definitions });
});
afterAll(async () => {
  await other.close();
  await api.close();
});

async function timed<T>(work: Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const began = performance.now();
  const result = await work;
  return { result, ms: performance.now() - began };
}

const submitted = async (): Promise<number> =>
  Number((await api.sql<{ n: string }>('select count(*) as n from task_records'))[0]?.n);

/** A stream of each kind, begun; resolves with the error that ends it. */
const STREAMS: Readonly<Record<string, (clients: Clients) => Promise<{ readonly over: Promise<unknown> }>>> = {
  async session({ workers }) {
    const stream = workers.session();
    const mailbox = mailboxOf(stream);
    stream.write({ message: { $case: 'hello', value: helloOf({ worker: `w${Math.random()}` }) } });
    await mailbox.next('welcome');
    return { over: mailbox.over };
  },
  async tailTaskLogs({ submissions, instances }) {
    const { id } = await submissions.submitTask({
      task: 'load',
      paramsJson: '',
      priority: '',
      requestId: '',
      queue: '',
    });
    const reading = async (): Promise<unknown> => {
      try {
        for await (const _ of instances.tailTaskLogs({ id, pageToken: '' }));
        return undefined;
      } catch (error) {
        return error;
      }
    };
    const over = reading();
    await instances.getTaskInstance({ id });
    return { over };
  },
  async submitStream({ submissions }) {
    const before = await submitted();
    const end = Promise.withResolvers<void>();
    async function* requests() {
      const value = { task: 'load', paramsJson: '', priority: '', requestId: '', queue: '' };
      const one = { submissions: [{ item: { $case: 'task' as const, value } }] };
      yield one;
      // Until the call is over it goes on sending, as somebody would who has stolen the token.
      for (;;) {
        await Promise.race([end.promise, new Promise(setImmediate)]);
        yield { submissions: [] };
      }
    }
    const over = submissions.submitStream(requests()).then(
      () => undefined,
      (error: unknown) => error,
    );
    while ((await submitted()) === before) await new Promise(setImmediate);
    return { over };
  },
};
const ROLE_FOR = { session: 'worker', tailTaskLogs: 'operator', submitStream: 'operator' } as const;

describe.each(Object.keys(ROLE_FOR) as (keyof typeof ROLE_FOR)[])('the stream %s', (kind) => {
  it.each(['the same api', 'another api'])('ends soon after its token was revoked at %s', async (where) => {
    const { id, name, secret } = await api.token(ROLE_FOR[kind]);
    const clients = api.as(secret);
    const { over } = await STREAMS[kind]!(clients);
    await (where === 'the same api' ? api : other).admin.access.revokeToken({ id });
    const { result, ms } = await timed(over);
    expect(result).toMatchObject({
      name: 'Unauthenticated',
      reason: 'TOKEN_REVOKED',
      message: expect.stringContaining(name),
    });
    expect(ms).toBeLessThan(SOON_MS);
    await expect(clients.access.whoAmI({})).rejects.toMatchObject({ reason: 'TOKEN_REVOKED' });
  });
});

it('a stream ends when its token expires, and no call gets in afterwards', async () => {
  const { id, secret } = await api.token('worker');
  await api.sql(`update api_tokens set expires_at = clock_timestamp() + interval '700 milliseconds' where id = $1`, [
    id,
  ]);
  const clients = api.as(secret);
  const { over } = await STREAMS['session']!(clients);
  const { result, ms } = await timed(over);
  expect(result).toMatchObject({ name: 'Unauthenticated', reason: 'TOKEN_EXPIRED' });
  expect(ms).toBeLessThan(SOON_MS);
  await expect(clients.access.whoAmI({})).rejects.toMatchObject({ reason: 'TOKEN_EXPIRED' });
});

it('a session that has ended this way is gone from the api: its worker gets nothing more', async () => {
  const { id, secret } = await api.token('worker');
  const stream = api.as(secret).workers.session();
  const mailbox = mailboxOf(stream);
  stream.write({ message: { $case: 'hello', value: helloOf({ worker: 'thief' }) } });
  await mailbox.next('welcome');
  stream.write({ message: { $case: 'credit', value: { leases: 100 } } });
  await mailbox.next('leases');
  await api.admin.access.revokeToken({ id });
  await mailbox.over;
  const request = { task: 'load', paramsJson: '', priority: '', requestId: '', queue: '' };
  const { id: instance } = await api.admin.submissions.submitTask(request);
  const honest = await connectPoll(api.admin, { worker: 'honest' });
  const ids: (string | undefined)[] = [];
  while (!ids.includes(instance)) ids.push(...(await honest.lease(1)).map(({ ref }) => ref?.id));
  await honest.disconnect();
});

it('a long poll ends when its token is revoked, and the next one is refused', async () => {
  const { id, secret } = await api.token('worker');
  const clients = api.as(secret);
  const begun = await clients.workers.completeAndLease({
    hello: helloOf({ worker: 'poller', handlers: ['nothing'] }),
    sessionId: '',
    completions: [],
    logs: [],
    handBack: [],
    maxLeases: 0,
    wait: undefined,
  });
  const turn = {
    hello: undefined,
    sessionId: begun.welcome?.sessionId ?? '',
    completions: [],
    logs: [],
    handBack: [],
    maxLeases: 5,
    wait: { seconds: 50n, nanos: 0 },
  };
  // It may end as a poll that found nothing, a moment before it would be refused.
  const polling = timed(
    clients.workers.completeAndLease(turn).then(
      ({ leases }) => ({ leases, reason: 'TOKEN_REVOKED' }),
      ({ reason }: { reason?: string }) => ({ leases: [], reason }),
    ),
  );
  await api.admin.access.revokeToken({ id });
  const { result, ms } = await polling;
  expect(result).toEqual({ leases: [], reason: 'TOKEN_REVOKED' });
  expect(ms).toBeLessThan(SOON_MS);
  await expect(clients.workers.completeAndLease(turn)).rejects.toMatchObject({ reason: 'TOKEN_REVOKED' });
});

it('a token that is in use costs no statement at each call', async () => {
  const { secret } = await api.token('viewer');
  const clients = api.as(secret);
  await clients.access.whoAmI({});
  const lookups = async (): Promise<number> => {
    const rows = await api.sql<{ n: string }>(
      `select coalesce(sum(idx_scan), 0) as n, pg_stat_clear_snapshot() from pg_stat_user_indexes where indexrelname = 'api_tokens_hash_key'`,
    );
    return Number(rows[0]?.n);
  };
  await api.sql('select pg_stat_force_next_flush()');
  const before = await lookups();
  for (let call = 0; call < 500; call += 1) await clients.access.whoAmI({});
  expect((await lookups()) - before).toBeLessThan(50);
});
