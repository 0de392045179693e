import fc from 'fast-check';
import { openContext, type TestContext } from '../test/open-context.js';
import { complete, connect, defineTasks, elected, lease, silence, statusOf, submit } from '../test/worker-bench.js';
import { cancelTaskInstance } from '../task/cancel-task.js';
import { handBack } from '../task/hand-back.js';
import { promoteDelayed } from '../task/promote-delayed.js';
import { retryTaskInstance } from '../task/retry-task.js';
import { expireLeases } from '../worker/expire-leases.js';
import { admitBlocked } from './admit-blocked.js';
import { sweepBlocked } from './sweep-blocked.js';

let ctx: TestContext;

beforeAll(async () => {
  ctx = await openContext();
});
afterAll(() => ctx.close());
beforeEach(async () => {
  await ctx.sql(
    `truncate task_records, task_queue, task_delayed, task_blocked, task_leases, task_attempts, limit_slots, worker_sessions,
              task_events cascade`,
  );
});

const limited = (max: number, more: object = {}) => ({
  name: 'one',
  run: { handler: 'load' },
  concurrency: max,
  ...more,
});
const places = async () => {
  const [row] = await ctx.sql<{ places: number; leaked: number }>(
    `select count(*)::int as places, count(*) filter (where r.finished_at is not null)::int as leaked
       from limit_slots s join task_records r on r.id = s.id`,
  );
  return row;
};

test('no more than the maximum is ready or runs; the end of one lets the next in, in order', async () => {
  await defineTasks(ctx, limited(2));
  const ids = await submit(ctx, 'one', 4);
  const session = await connect(ctx, 'w');
  const leases = await lease(ctx, session, 10);
  expect(leases.map((task) => task.ref.id)).toEqual(ids.slice(0, 2));
  const [waiting] = await ctx.sql(`select waiting_for from task_instances where id = $1`, [ids[2]]);
  expect(waiting).toEqual({ waiting_for: 'concurrency(task:one)' });
  await complete(ctx, leases.slice(0, 1));
  expect((await lease(ctx, session, 10)).map((task) => task.ref.id)).toEqual([ids[2]]);
  await cancelTaskInstance(ctx, { id: ids[3] ?? '' });
  await complete(ctx, leases.slice(1));
  expect(await lease(ctx, session, 10)).toEqual([]);
  expect(await places()).toEqual({ places: 1, leaked: 0 });
});

test('a maximum that is lowered or raised holds at once', async () => {
  await defineTasks(ctx, limited(4));
  await submit(ctx, 'one', 8);
  const session = await connect(ctx, 'w');
  const leases = await lease(ctx, session, 10);
  expect(leases).toHaveLength(4);
  await defineTasks(ctx, limited(2));
  await complete(ctx, leases.slice(0, 2));
  expect(await lease(ctx, session, 10)).toEqual([]);
  await complete(ctx, leases.slice(2, 3));
  expect(await lease(ctx, session, 10)).toHaveLength(1);
  await defineTasks(ctx, limited(5));
  await sweepBlocked(await elected(ctx));
  expect(await lease(ctx, session, 10)).toHaveLength(3);
});

test('an instance with several limits takes a place of each or of none', async () => {
  const key = (name: string) => ({ key: `${name}:{{ params.${name} }}`, max: 1 });
  await defineTasks(ctx, { name: 'two', run: { handler: 'load' }, limits: [key('a'), key('b')] });
  const make = async (a: number, b: number) =>
    (await submit(ctx, 'two', 1, { paramsJson: JSON.stringify({ a, b }) }))[0] ?? '';
  const session = await connect(ctx, 'w');
  const first = await make(1, 1);
  const [running] = [await lease(ctx, session, 9)];
  expect(running.map((task) => task.ref.id)).toEqual([first]);
  const [sameB, sameA, free] = [await make(2, 1), await make(1, 3), await make(4, 4)];
  expect((await lease(ctx, session, 9)).map((task) => task.ref.id)).toEqual([free]);
  expect(await ctx.sql(`select limit_key from limit_slots order by 1`)).toHaveLength(4);
  await complete(ctx, running);
  expect((await lease(ctx, session, 9)).map((task) => task.ref.id)).toEqual([sameB, sameA]);
});

test('places that a process freed and did not pass on are found by the sweep', async () => {
  await defineTasks(ctx, limited(1));
  const [, second] = await submit(ctx, 'one', 2);
  const session = await connect(ctx, 'w');
  const dying: TestContext = { ...ctx, db: { ...ctx.db, tx: () => Promise.reject(new Error('the process is gone')) } };
  await expect(complete(dying, await lease(ctx, session, 2))).rejects.toThrow('gone');
  expect(await lease(ctx, session, 2)).toEqual([]);
  await sweepBlocked(await elected(ctx));
  expect((await lease(ctx, session, 2)).map((task) => task.ref.id)).toEqual([second]);
});

test('thousands of blocked instances are let in as places become free, by many at once', async () => {
  await defineTasks(ctx, limited(7));
  await submit(ctx, 'one', 500);
  const sessions = await Promise.all(['a', 'b', 'c', 'd'].map((name) => connect(ctx, name)));
  let most = 0;
  let done = 0;
  await Promise.all(
    sessions.map(async (session) => {
      while (done < 500) {
        const leases = await lease(ctx, session, 3);
        const [row] = await ctx.sql<{ running: number }>(`select count(*)::int as running from task_leases`);
        most = Math.max(most, row?.running ?? 0);
        await complete(ctx, leases);
        done += leases.length;
      }
    }),
  );
  expect(most).toBeLessThanOrEqual(7);
  expect(await places()).toEqual({ places: 0, leaked: 0 });
}, 60_000);

type Step = 'lease' | 'complete' | 'fail' | 'cancel' | 'hand back' | 'die' | 'promote' | 'redrive' | 'submit' | 'admit';
const steps = fc.constantFrom<Step>(
  'lease',
  'lease',
  'complete',
  'fail',
  'cancel',
  'hand back',
  'die',
  'promote',
  'redrive',
  'submit',
  'admit',
);

test('whatever happens at once: never more than the maximum, and in the end no place is held', async () => {
  await defineTasks(ctx, limited(3, { retries: 1, retry_delay: '1s', limits: [{ key: 'shared', max: 2 }] }));
  const scheduler = await elected(ctx);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(steps, fc.nat(5)), { minLength: 10, maxLength: 40 }), async (script) => {
      round += 1;
      const ids = await submit(ctx, 'one', 6);
      let session = await connect(ctx, `w${round}`);
      const held: Awaited<ReturnType<typeof lease>> = [];
      const take = (index: number) => held.splice(index % Math.max(1, held.length), 1);
      const act = async ([step, index]: readonly [Step, number]): Promise<unknown> => {
        const id = ids[index] ?? '';
        switch (step) {
          case 'lease':
            return held.push(...(await lease(ctx, session, 1 + index)));
          case 'complete':
            return complete(ctx, take(index));
          case 'fail':
            return complete(ctx, take(index), { outcome: 'failed', reason: 'EXIT_CODE' });
          case 'cancel':
            return cancelTaskInstance(ctx, { id });
          case 'hand back':
            return handBack(ctx, { sessionId: session.sessionId, leases: take(index).map((task) => task.ref) });
          case 'die':
            await silence(ctx, session.sessionId);
            await expireLeases(scheduler);
            session = await connect(ctx, `w${round}`, { process: `life-${index}` });
            return held.splice(0);
          case 'promote':
            return promoteDelayed(scheduler, { now: new Date(Date.now() + 60_000) });
          case 'redrive':
            return retryTaskInstance(ctx, { id }).catch((error: { kind?: string }) => {
              if (error.kind !== 'IllegalTransition') throw error;
            });
          case 'submit':
            return ids.push(...(await submit(ctx, 'one', 1)));
          case 'admit':
            return ctx.db.tx((q) => admitBlocked(q, 'all'));
        }
      };
      for (let at = 0; at < script.length; at += 4) {
        await Promise.all(script.slice(at, at + 4).map(act));
        const [row] = await ctx.sql<{ running: number }>(`select count(*)::int as running from task_leases`);
        expect(row?.running).toBeLessThanOrEqual(2);
        expect((await places())?.leaked).toBe(0);
      }
      // A free place is never left beside somebody who could take it.
      const stuck = await ctx.sql(
        `select b.id from task_blocked b where not exists (
           select from task_records r, unnest(r.limit_keys, r.limit_maxima) x (key, max)
            where r.id = b.id and (select count(*) from limit_slots s where s.limit_key = x.key) >= x.max)`,
      );
      expect(stuck).toEqual([]);
      for (const id of ids) await cancelTaskInstance(ctx, { id });
      await silence(ctx, session.sessionId);
      await expireLeases(scheduler);
      expect(await places()).toEqual({ places: 0, leaked: 0 });
      for (const id of ids) expect((await statusOf(ctx, id))['status']).toMatch(/^(success|failed|cancelled)$/);
    }),
    { numRuns: 25 },
  );
}, 120_000);
