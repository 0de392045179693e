import { type Clock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { fenceTerm, openDb, SCHEDULER_SEAT, type Db } from '@taskflow/store';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { createLeader, TRUST_MS, type Leader } from './leader.js';

const EXPIRE = { name: 'test_expire', text: "update leadership set lease_until = clock_timestamp() - interval '1 ms'" };
const WRITE = { name: 'test_write', text: "insert into taskflow_meta (key, value) values ($1, 'x')" };
const WRITTEN = { name: 'test_written', text: 'select key from taskflow_meta where key = any ($1)' };

describe('the election of the scheduler', () => {
  let database: TestDatabase;
  let db: Db;
  let elapsed = 0;
  const clock: Clock = { now: () => new Date(elapsed), monotonicMs: () => elapsed };
  const candidate = (holder: string): Leader => createLeader({ db, clock, logger: silentLogger(), holder });

  beforeEach(async () => {
    database = await createTestDatabase();
    db = openDb({ url: database.url, applicationName: 'leader-test' });
    elapsed = 0;
  });
  afterEach(async () => {
    await db.close();
    await database.drop();
  });

  it('elects one of several candidates that ask at the same moment', async () => {
    const candidates = ['a', 'b', 'c', 'd', 'e'].map(candidate);
    await Promise.all(candidates.map((one) => one.step()));
    expect(candidates.map((one) => one.term()).filter((term) => term !== undefined)).toEqual(['1']);
  });

  it('hands over at once when the leader resigns, under a higher term', async () => {
    const [first, second] = [candidate('a'), candidate('b')];
    await first.step();
    await second.step();
    expect(second.term()).toBeUndefined();
    await first.resign();
    await second.step();
    expect([first.term(), second.term()]).toEqual([undefined, '2']);
  });

  it('O10: stops trusting itself by its own monotonic clock, before the row’s lease ends', async () => {
    const leader = candidate('a');
    await leader.step();
    elapsed += TRUST_MS;
    expect(leader.term()).toBeUndefined();
    await leader.step();
    expect(leader.term()).toBe('1');
  });

  it('O10: an ex-leader that wakes up writes nothing', async () => {
    const [paused, next] = [candidate('a'), candidate('b')];
    await paused.step();
    const term = paused.term() ?? '';
    await db.query(EXPIRE);
    await next.step();
    const late = db.tx(async (q) => {
      await fenceTerm(q, term);
      await q.query(WRITE, ['late']);
    });
    await expect(late).rejects.toMatchObject({ reason: 'NOT_LEADER' });
    expect(await db.query(WRITTEN, [['late']])).toEqual([]);
    await paused.step();
    expect(paused.term()).toBeUndefined();
  });

  it('nobody is elected while a transaction of the old term is open, and renewing goes on beside it', async () => {
    const [leader, next] = [candidate('a'), candidate('b')];
    await leader.step();
    const order: string[] = [];
    let elected: Promise<number> | undefined;
    await db.tx(async (q) => {
      await fenceTerm(q, '1');
      await leader.step();
      expect(leader.term()).toBe('1');
      await db.query(EXPIRE);
      elected = next.step().finally(() => order.push('elected'));
      const waiting = { name: 'test_waiting', text: 'select 1 from pg_locks where not granted' };
      while ((await db.query(waiting)).length === 0) await q.query(WRITTEN, [[]]);
      await q.query(WRITE, ['in time']);
      order.push('written');
    });
    await elected;
    expect(order).toEqual(['written', 'elected']);
    expect(next.term()).toBe('2');
  });

  it('a leader stopped in the middle of a transaction does not keep the others out', async () => {
    const [stopped, next] = [candidate('a'), candidate('b')];
    await stopped.step();
    let wake = (): void => undefined;
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    const frozen = db.tx(async (q) => {
      await fenceTerm(q, '1');
      await q.query(WRITE, ['frozen']);
      await asleep;
      await q.query(WRITE, ['thawed']);
    });
    const outcome = frozen.then(
      () => 'committed',
      () => 'refused',
    );
    await db.query(EXPIRE);
    await next.step();
    expect(next.term()).toBe('2');
    wake();
    expect(await outcome).toBe('refused');
    expect(await db.query(WRITTEN, [['frozen', 'thawed']])).toEqual([]);
  });

  it('keeps one row, whose holder is the leader', async () => {
    await candidate('a').step();
    const rows = await db.query({ name: 'test_rows', text: 'select name, holder from leadership' });
    expect(rows).toEqual([{ name: SCHEDULER_SEAT, holder: 'a' }]);
  });
});
