import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDb, type Db, type Queryable } from '@taskflow/store';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { audit, auditWithin, checks, type AuditOptions, type Violation } from './audit.js';
import { PLANTS } from './test/plants.js';
import { SOUND } from './test/sound-history.js';

class RolledBack extends Error {}

describe('the auditor', () => {
  let database: TestDatabase;
  let db: Db;

  beforeAll(async () => {
    database = await createTestDatabase();
    db = openDb({ url: database.url, applicationName: 'audit-test' });
  });
  afterAll(async () => {
    await db.close();
    await database.drop();
  });

  /** Audits the sound history after `changes`, and leaves nothing behind. */
  async function auditAfter(changes: readonly string[], options?: AuditOptions): Promise<Violation[]> {
    let found: Violation[] = [];
    const work = async (q: Queryable) => {
      const run = (text: string) => q.query({ name: '', text });
      await run(`set local session_replication_role = replica`);
      for (const text of [...SOUND, ...changes]) await run(text);
      found = await auditWithin(q, options);
      throw new RolledBack();
    };
    await expect(db.tx(work)).rejects.toThrow(RolledBack);
    return found;
  }

  it('finds nothing in an empty database', async () => {
    expect(await audit(db)).toEqual([]);
  });

  it('finds nothing in a sound history', async () => {
    expect(await auditAfter([])).toEqual([]);
  });

  it('has a planted violation for every check, and a check for every invariant', () => {
    expect(Object.keys(PLANTS).sort()).toEqual(checks.map((check) => check.name).sort());
    const invariants = new Set(checks.map((check) => check.invariant));
    expect([...invariants].sort()).toEqual(['I1', 'I10', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9']);
  });

  const stories = Object.entries(PLANTS).flatMap(([name, plants]) =>
    Object.entries(plants).map(([story, changes]) => [name, story, changes] as const),
  );
  it.each(stories)('%s: %s', async (name, _story, changes) => {
    const found = await auditAfter(changes);
    const violation = found.find((each) => each.check === name);
    expect({ violation, others: found.map((each) => each.check) }).toMatchObject({
      violation: { count: expect.any(Number) },
    });
    expect(violation?.rows).toHaveLength(Math.min(violation?.count ?? 0, 20));
  });

  it('shows the first rows of many and counts them all', async () => {
    const many = [
      `insert into task_records (id, task_name, version_id, lane_id, status, priority, run_at)
         overriding system value select n, 'b', 3, 1, 'queued', 'normal', now() from generate_series(101, 150) n`,
    ];
    const lost = (await auditAfter(many, { rows: 3 })).find((each) => each.check === 'live-instance-is-somewhere');
    expect(lost).toMatchObject({ count: 50, rows: expect.arrayContaining([expect.objectContaining({ places: '0' })]) });
    expect(lost?.rows).toHaveLength(3);
  });

  it('names the check that takes too long', async () => {
    await expect(
      db.tx(async (q) => {
        await q.query({ name: '', text: `set local session_replication_role = replica` });
        for (const text of SOUND) await q.query({ name: '', text });
        await q.query({ name: '', text: `lock table task_queue in access exclusive mode` });
        await audit(db, { timeoutMs: 50 });
      }),
    ).rejects.toThrow(/live-instance-is-somewhere \(I1\) did not end/);
  });

  it('sees one moment, reads only, and blocks nobody', async () => {
    const settings: unknown[] = [];
    const before: Db = {
      ...db,
      tx: (work) =>
        db.tx(async (q) => {
          const result = await work(q);
          settings.push(
            ...(await q.query({
              name: '',
              text: `select current_setting('transaction_isolation') as isolation, current_setting('transaction_read_only') as read_only`,
            })),
          );
          return result;
        }),
    };
    expect(await audit(before)).toEqual([]);
    expect(settings).toEqual([{ isolation: 'repeatable read', read_only: 'on' }]);
  });
});
