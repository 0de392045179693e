import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDb, type Db } from '@taskflow/store';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { audit } from './audit.js';
import type { ExternalJob } from './external-jobs.js';
import { SOUND } from './test/sound-history.js';

const over = (externalName: string): ExternalJob => ({ externalName, alive: false });
const alive = (externalName: string): ExternalJob => ({ externalName, alive: true });
/** Of the sound history: n31 ended well, n32 runs. */
const TRUTH = [over('n31'), alive('n32')];

describe('I8, asked of the destination itself', () => {
  let database: TestDatabase;
  let db: Db;
  beforeAll(async () => {
    database = await createTestDatabase();
    db = openDb({ url: database.url, applicationName: 'audit-test' });
    await db.tx(async (q) => {
      for (const text of ['set local session_replication_role = replica', ...SOUND]) await q.query({ name: '', text });
    });
  });
  afterAll(async () => {
    await db.close();
    await database.drop();
  });

  const found = async (jobs: readonly ExternalJob[], everything = true) => {
    const list = () => Promise.resolve(jobs);
    const violations = await audit(db, { externalJobs: [{ destination: 'd', everything, list }] });
    return violations.map(({ invariant, check, rows }) => [invariant, check, rows.map((row) => row['external_name'])]);
  };

  it('is content with one job for each attempt', async () => {
    expect(await found(TRUTH)).toEqual([]);
    expect(await found([alive('n32')], false)).toEqual([]);
  });

  it('finds a second job of an attempt, also when both have ended', async () => {
    expect(await found([...TRUTH, over('n31')])).toEqual([['I8', 'each-attempt-has-one-external-job', ['n31']]]);
    expect(await found([over('n31'), over('n31'), alive('n32')], false)).toEqual([]);
    expect(await found([alive('n32'), alive('n32')], false)).toEqual([['I8', 'external-job-is-wanted', ['n32']]]);
  });

  it('finds a job that no attempt ever had', async () => {
    expect(await found([...TRUTH, over('n99')])).toEqual([['I8', 'each-attempt-has-one-external-job', ['n99']]]);
    expect(await found([alive('n32'), alive('n99')], false)).toEqual([['I8', 'external-job-is-wanted', ['n99']]]);
  });

  it('finds a job that lives although its attempt has ended', async () => {
    expect(await found([alive('n31'), alive('n32')])).toEqual([['I8', 'external-job-is-wanted', ['n31']]]);
  });

  it('finds an attempt that succeeded and never ran there', async () => {
    expect(await found([alive('n32')])).toEqual([['I8', 'each-attempt-has-one-external-job', ['n31']]]);
  });
});
