import {
  atScale,
  createTestDatabase,
  explain,
  explainForAnyValues,
  FILL_MS,
  registerTask,
  type Plan,
  type TestDatabase,
} from '@taskflow/testing';
import pg from 'pg';
import { openDb, SESSION_OPTIONS, type Db, type Statement } from '../db.js';
import { blockedKeysStatement } from '../limit/blocked-keys.js';
import { findBlockedStatement } from '../limit/find-blocked.js';
import { appendLinesStatement } from '../log/append-lines.js';
import { lockExpiredStatement } from '../session/lock-expired.js';
import { renewSessionStatement } from '../session/renew-session.js';
import { dequeueExpiredStatement } from '../task/dequeue-expired.js';
import { promoteDelayedStatement } from '../task/promote-delayed.js';
import { takeExpiriesStatement } from '../task/take-expiries.js';
import { FROM_THE_START, claimStatement } from './claim.js';
import { completeStatement } from './complete.js';
import { endAttemptsStatement } from './end-attempts.js';
import { findEndedStatement } from './find-ended.js';
import { findLockedStatement } from './find-locked.js';
import { overdueStatement } from './overdue.js';
import { pendingCancelsStatement } from './pending-cancels.js';
import { postponeDeadlinesStatement } from './postpone-deadlines.js';
import { returnLeasesStatement } from './return-leases.js';
import { sessionLeasesStatement } from './session-leases.js';

let full: { database: TestDatabase; client: pg.Client };
let fresh: { database: TestDatabase; client: pg.Client };

async function open(): Promise<{ database: TestDatabase; client: pg.Client }> {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url, options: SESSION_OPTIONS });
  await client.connect();
  return { database, client };
}

beforeAll(async () => {
  [full, fresh] = [await open(), await open()];
  const db: Db = openDb({ url: full.database.url, applicationName: 'lease-plans-test' });
  const version = await registerTask(db, { name: 'work' });
  await db.close();
  const fill = [
    // History is made up here, without the trigger that checks how states follow each other.
    'set session_replication_role = replica',
    `insert into worker_sessions (worker, protocol, queues, tasks, handlers, slots, lease_until)
     select 'w' || i, 1, '{default}', '{}', '{work}', 50, now() + interval '15 s' from generate_series(1, 200) i`,
    `insert into task_records (task_name, version_id, lane_id, status, priority, run_at, limit_keys, limit_maxima)
     select 'work', ${version}, 1, 'queued', 'normal', now(), '{a}', '{5}' from generate_series(1, 100000) i`,
    `insert into task_queue (lane_id, rank, id, attempt) select 1 + i % 5, i, i, 0 from generate_series(1, 100000) i`,
    `insert into task_leases (id, attempt, session_id, lane_id, flags, deadline_at)
     select i, 1, 1 + i % 200, 1, 0, now() + i * interval '1 s' from generate_series(1, 100000) i`,
    `insert into task_attempts (task_instance_id, attempt, lease_id, leased_at, outcome, next_status)
     select i, 1, i, now(), 'success', 'success' from generate_series(1, 100000) i`,
    `insert into task_delayed (id, due_at) select i, now() + i * interval '1 s' from generate_series(1, 100000) i`,
    `insert into task_expiries (id, expires_at) select i, now() + i * interval '1 s' from generate_series(1, 100000) i`,
    `insert into task_blocked (id, limit_key, rank) select i, 'k' || i % 1000, i from generate_series(1, 100000) i`,
    `insert into limit_slots (limit_key, slot_no, id) select 'k' || i % 1000, i, i from generate_series(1, 100000) i`,
    `insert into unique_keys (task_or_workflow, key, task_instance_id) select 'work', i, i from generate_series(1, 100000) i`,
    `insert into task_logs (task_instance_id, attempt, seq, stream, at, line)
     select i, 1, 1, 'stdout', now(), 'x' from generate_series(1, 100000) i`,
    'analyze',
  ];
  for (const statement of fill) await full.client.query(atScale(statement));
}, FILL_MS);
afterAll(async () => {
  for (const { client, database } of [full, fresh]) {
    await client.end();
    await database.drop();
  }
});

const OFFSETS = JSON.stringify({ critical: -86_400_000, high: -3_600_000, normal: 0, low: 3_600_000 });
const IDS = ['1', '2', '3'];
const REFS = [IDS, [1, 1, 1], IDS];
const EACH = <T>(value: T): T[] => [value, value, value];
// Emptied again and again: analyzed in such a moment, they count as empty.
const EMPTIED = ['task_leases', 'task_queue', 'task_delayed', 'task_blocked', 'limit_slots', 'unique_keys'];
// A row for each worker, kind of task or limit at most.
const SMALL = ['worker_sessions', 'lanes', 'tasks', 'workflow_instances'];

const statements: [string, Statement, unknown[], string[]][] = [
  [
    'claim',
    claimStatement,
    [[1, 2, 3], EACH('1'), '7', 16, FROM_THE_START.rank, '0', ['1'], [1, 2, 3]],
    ['task_leases_by_session', 'task_queue_pkey', 'task_records_pkey'],
  ],
  [
    'complete',
    completeStatement,
    [...REFS, EACH('null'), null],
    ['limit_slots_by_id', 'task_leases_pkey', 'task_records_pkey'],
  ],
  [
    'end attempts',
    endAttemptsStatement,
    [
      'scheduler',
      OFFSETS,
      ...REFS,
      EACH('lost'),
      EACH('retry'),
      EACH('X'),
      EACH(null),
      EACH(null),
      EACH(0),
      EACH(0),
      EACH(1),
      null,
    ],
    ['task_leases_pkey', 'task_records_pkey', 'unique_keys_by_task'],
  ],
  [
    'return leases',
    returnLeasesStatement,
    [...REFS, null, OFFSETS, 'w', 'X'],
    ['task_leases_pkey', 'task_records_pkey'],
  ],
  ['find ended', findEndedStatement, REFS, ['task_attempts_pkey']],
  ['find locked', findLockedStatement, REFS, ['task_leases_pkey', 'task_records_pkey']],
  ['leases of sessions', sessionLeasesStatement, [IDS, 1000], ['task_leases_by_session', 'task_records_pkey']],
  ['pending cancels', pendingCancelsStatement, [IDS], ['task_leases_cancel']],
  ['overdue', overdueStatement, [null, 10_000, 16, 1000], ['task_leases_deadline', 'task_records_pkey']],
  ['postpone deadlines', postponeDeadlinesStatement, [null, 16, 1000], ['task_leases_deadline', 'task_records_pkey']],
  ['heartbeat', renewSessionStatement, ['1', 15_000], []],
  ['expired sessions', lockExpiredStatement, [null, 100], []],
  ['promote', promoteDelayedStatement, [null, 5000, OFFSETS], ['task_delayed_due', 'task_records_pkey']],
  ['take expiries', takeExpiriesStatement, [null, 5000], ['task_expiries_due']],
  ['dequeue expired', dequeueExpiredStatement, [IDS, []], ['task_queue_by_id', 'task_records_pkey']],
  [
    'find blocked',
    findBlockedStatement,
    [['k1', 'k2'], 500],
    ['limit_slots_pkey', 'task_blocked_by_key', 'task_records_pkey'],
  ],
  ['blocked limits', blockedKeysStatement, ['', 200], ['task_blocked_by_key']],
  [
    'append logs',
    appendLinesStatement,
    [...REFS, [1], ['1'], ['stdout'], [new Date(0)], ['x']],
    ['task_attempts_pkey', 'task_leases_pkey'],
  ],
];

type PlanNode = Record<string, unknown> & { Plans?: PlanNode[] };

function nodesOf({ json }: Plan): PlanNode[] {
  const walk = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(walk)];
  return walk(json as PlanNode);
}

/** Indexes of large tables that are walked from end to end without a bound, to join with something. */
function joinedWhole(plan: Plan): unknown[] {
  const joins = nodesOf(plan).filter((node) => /Hash|Merge/.test(String(node['Node Type'])));
  return joins
    .flatMap((join) => join.Plans ?? [])
    .filter((node) => node['Index Name'] !== undefined && node['Index Cond'] === undefined)
    .map((node) => node['Relation Name'])
    .filter((table) => !SMALL.includes(String(table)));
}

const readFully = (plan: Plan): string[] => plan.seqScans.filter((table) => !SMALL.includes(table));

test.each(statements)('%s: by its index among 100,000 rows', async (_, statement, values, indexes) => {
  const plan = await explain(full.client, statement, values);
  expect(plan.indexes).toEqual(expect.arrayContaining(indexes));
  expect(readFully(plan)).toEqual([]);
  expect(joinedWhole(plan)).toEqual([]);
});

// Only what is due is looked at: the moment is a bound of the index, not a filter on all of its entries.
test.each(statements.filter(([, , , indexes]) => indexes.some((name) => /_due$|_deadline$/.test(name))))(
  '%s: reads what is due and no more',
  async (_, { text }, __, indexes) => {
    const due = indexes.find((name) => /_due$|_deadline$/.test(name));
    const scans = nodesOf(await explainForAnyValues(full.client, { text })).filter(
      (node) => node['Index Name'] === due,
    );
    expect(scans.length).toBeGreaterThan(0);
    for (const scan of scans) expect(scan['Index Cond']).toBeDefined();
  },
);

test.each(statements)(
  '%s: a plan for any values, among 100,000 rows, reads no table from end to end',
  async (_, { text }) => {
    const plan = await explainForAnyValues(full.client, { text });
    expect(readFully(plan)).toEqual([]);
    expect(joinedWhole(plan)).toEqual([]);
  },
);

/** Tables that are emptied again and again, read without an index condition to be compared with each row of something else. */
function comparedWhole(plan: Plan): unknown[] {
  return nodesOf(plan)
    .filter((node) => node['Node Type'] === 'Nested Loop')
    .flatMap((join) => join.Plans ?? [])
    .filter((node) => String(node['Node Type']).endsWith('Scan') && node['Index Cond'] === undefined)
    .filter((node) => EMPTIED.includes(String(node['Relation Name'])))
    .filter((node) => !(node.Plans ?? []).some((below) => below['Index Cond'] !== undefined))
    .map((node) => node['Relation Name']);
}

// A plan that is made while the tables are new is kept until they are analyzed, and a backlog can come before that.
test.each(statements)('%s: a plan made on new tables reads none from end to end', async (_, { text }) => {
  const plan = await explainForAnyValues(fresh.client, { text });
  expect(joinedWhole(plan)).toEqual([]);
  expect(readFully(plan)).toEqual([]);
});

describe('after the tables were analyzed while they were empty', () => {
  beforeAll(async () => {
    const history = `
      insert into task_records (task_name, version_id, lane_id, status, priority, run_at)
      select 'work', 1, 1, 'success', 'normal', now() from generate_series(1, 10000)`;
    const attempts = `
      insert into task_attempts (task_instance_id, attempt, lease_id, leased_at, outcome, next_status)
      select i, 1, i, now(), 'success', 'success' from generate_series(1, 10000) i`;
    for (const statement of ['set session_replication_role = replica', history, attempts, 'vacuum analyze'])
      await fresh.client.query(statement);
  });

  test.each(statements)('%s: nothing is compared row by row', async (_, { text }) => {
    const plan = await explainForAnyValues(fresh.client, { text });
    expect(comparedWhole(plan)).toEqual([]);
    expect(joinedWhole(plan)).toEqual([]);
  });
});
