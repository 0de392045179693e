import type { CompletionAck, Lease, LeaseRef } from '@taskflow/proto/taskflow/v1/workers.js';
import pg from 'pg';
import { openApi, type TestApi } from '../../test/open-api.js';
import { connectStream, helloOf, mailboxOf, success } from '../../test/test-worker.js';

let served: TestApi;
let foreign: pg.Client;
beforeAll(async () => {
  served = await openApi();
  const specs = [{ name: 'load', retries: 1, retry_delay: '1h' }];
  await served.clients.definitions.applyDefinitions({
    definitions: specs.map((spec) => ({ kind: 'task', specJson: JSON.stringify(spec) })),
  });
});
beforeEach(async () => {
  foreign = new pg.Client({ connectionString: served.database.url });
  await foreign.connect();
});
afterEach(() => foreign.end());
afterAll(() => served.close());

async function submit(count: number): Promise<void> {
  const value = { task: 'load', paramsJson: '', priority: '', requestId: '', queue: '' };
  const submissions = Array.from({ length: count }, () => ({ item: { $case: 'task' as const, value } }));
  await served.clients.submissions.submitBatch({ submissions, requestId: '' });
}

/** Somebody opens a transaction with psql, changes some rows, and goes for lunch. */
async function lock(table: string, ids: readonly (string | undefined)[]): Promise<void> {
  await foreign.query('begin');
  await foreign.query(`select from ${table} where id = any ($1) for update`, [ids]);
}

const ends = { success, failed: (lease: Lease) => ({ ...success(lease), outcome: 'failed' }) };

describe.each(['task_records', 'task_leases'])('rows of %s that somebody holds locked', (table) => {
  test.each(['success', 'failed'] as const)('keep no other %s from being recorded', async (end) => {
    await submit(12);
    const stream = served.clients.workers.session();
    const { next } = mailboxOf(stream);
    stream.write({ message: { $case: 'hello', value: helloOf({ worker: `${table} ${end}`, handlers: ['load'] }) } });
    stream.write({ message: { $case: 'credit', value: { leases: 12 } } });
    const leases: Lease[] = [];
    while (leases.length < 12) leases.push(...(await next('leases')).leases);
    const complete = (...done: Lease[]) =>
      stream.write({
        message: { $case: 'completions', value: { completions: done.map((lease) => ends[end](lease)) } },
      });
    const ids = (some: readonly { ref?: LeaseRef | undefined }[]) => some.map(({ ref }) => ref?.id).sort();

    const [first, second, ...others] = leases;
    await lock(table, ids([first!, second!]));
    complete(first!, second!);
    for (const lease of others) complete(lease);
    const acks: CompletionAck[] = [];
    while (acks.length < others.length) acks.push(...(await next('acks')).acks);
    expect(ids(acks)).toEqual(ids(others));
    expect(new Set(acks.map(({ result }) => result))).toEqual(new Set(['accepted']));

    await foreign.query('rollback');
    const late = (await next('acks')).acks;
    expect(late.map(({ ref, result }) => [ref?.id, result])).toEqual([
      [first?.ref?.id, 'accepted'],
      [second?.ref?.id, 'accepted'],
    ]);
    stream.cancel();
  });
});

test('queue rows that somebody holds locked are passed over by claims', async () => {
  await submit(5);
  const rows = await served.sql<{ id: string }>('select id from task_queue order by rank, id');
  await lock('task_queue', [rows[0]?.id, rows[1]?.id]);
  const worker = await connectStream(served.clients, { worker: 'passing', handlers: ['load'] });
  const leases = await worker.lease(3);
  expect(leases.map(({ ref }) => ref?.id)).toEqual(rows.slice(2).map(({ id }) => id));
  await foreign.query('rollback');
  expect(await worker.lease(2)).toHaveLength(2);
  await worker.disconnect();
});
