import {
  atScale,
  createTestDatabase,
  explain,
  FILL_MS,
  registerTask,
  registerWorkflow,
  type TestDatabase,
} from '@taskflow/testing';
import pg from 'pg';
import { openDb, type Db, type Statement } from '../db.js';
import { lockDueStatement } from '../schedule/lock-due.js';
import { openRunsStatement } from '../schedule/open-runs.js';
import { settleWatchesStatement } from '../sla/settle-watches.js';
import { endFaultyStatement } from '../workflow/end-faulty.js';
import { expireRunsStatement } from '../workflow/expire-runs.js';
import { loadNodesStatement } from '../workflow/load-nodes.js';
import { pickStartableStatement } from '../workflow/pick-startable.js';
import { retakeChangesStatement } from '../workflow/retake-changes.js';
import { takeChangesStatement } from '../workflow/take-changes.js';
import { surveyStatement } from './survey.js';

let database: TestDatabase;
let db: Db;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'scheduler-plans-test' });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const task = await registerTask(db, { name: 'work' });
  const workflow = await registerWorkflow(db, { name: 'flow', tasks: [{ key: 'a', task: 'work' }] });
  const fill = [
    // History is made up here, without the trigger that checks how states follow each other.
    'set session_replication_role = replica',
    `insert into schedules (kind, target_name, ordinal, spec, next_at)
     select 'task', 'work', i, '{}', now() + i * interval '1 minute' from generate_series(1, 20000) i`,
    `insert into schedule_slots (schedule_id, slot, outcome, reason, term)
     select 1 + i % 1000, now() - i * interval '1 minute', 'fired', 'on_time', 1 from generate_series(1, 100000) i`,
    `insert into workflow_instances (workflow_name, version_id, status, priority, run_at, nodes_total, deadline_at)
     select 'flow', ${workflow}, case when i % 100 = 0 then 'running' when i % 5 = 0 then 'queued' else 'success' end, 'normal',
            now() - i * interval '1 s', 1, now() + i * interval '1 s' from generate_series(1, 100000) i`,
    `insert into task_records (task_name, version_id, lane_id, workflow_instance_id, node_key, status, priority, run_at)
     select 'work', ${task}, 1, i, 'a', 'success', 'normal', now() from generate_series(1, 100000) i`,
    `insert into workflow_changes (workflow_instance_id, task_instance_id, kind)
     select i, i, 'task_ended' from generate_series(1, 100000) i`,
    `insert into task_delayed (id, due_at) select i, now() + i * interval '1 s' from generate_series(1, 100000) i`,
    `insert into sla_watches (due_at, kind, task_instance_id)
     select now() + i * interval '1 s', 'finish', i from generate_series(1, 100000) i`,
    'analyze',
  ];
  for (const statement of fill) await client.query(atScale(statement));
}, FILL_MS);
afterAll(async () => {
  await client.end();
  await db.close();
  await database.drop();
});

const OFFSETS = JSON.stringify({ critical: -86_400_000, high: -3_600_000, normal: 0, low: 3_600_000 });
const IDS = ['1', '2', '3'];

// Tables that stay small are read from end to end rightly: definitions, sessions, leases when nothing runs.
const SMALL = [
  'workflows',
  'tasks',
  'worker_sessions',
  'task_leases',
  'task_blocked',
  'task_expiries',
  'push_jobs',
  'unique_keys',
];

it.each<[string, Statement, unknown[], string[]]>([
  [
    'survey',
    surveyStatement,
    [],
    ['schedules_due', 'sla_watches_due', 'task_delayed_due', 'workflow_changes_pkey', 'workflow_instances_live'],
  ],
  ['lock due schedules', lockDueStatement, [1000, null], ['schedules_due']],
  ['look for open runs', openRunsStatement, [IDS], ['schedule_slots_fired', 'task_records_pkey']],
  [
    'pick startable runs',
    pickStartableStatement,
    [200, null, OFFSETS],
    ['workflow_instances_queued', 'workflow_instances_running'],
  ],
  ['take changes', takeChangesStatement, [2000], ['task_records_pkey', 'workflow_changes_pkey']],
  ['retake changes', retakeChangesStatement, [IDS], ['task_records_pkey', 'workflow_changes_pkey']],
  [
    'end runs that were given up',
    endFaultyStatement,
    [IDS, 'ENGINE_FAULT'],
    // Of the few ids by the primary key, or by status and id: both are one look each.
    ['task_records_node'],
  ],
  ['load nodes', loadNodesStatement, [IDS], ['task_records_node']],
  ['expire runs', expireRunsStatement, [null, 100], ['workflow_instances_deadline']],
  ['settle promises', settleWatchesStatement, [null, 100], ['sla_watches_due', 'task_records_pkey']],
])('%s: by its index among 100,000 rows', async (_, statement, values, indexes) => {
  const plan = await explain(client, statement, values);
  expect(plan.indexes).toEqual(expect.arrayContaining(indexes));
  expect(plan.seqScans.filter((table) => !SMALL.includes(table))).toEqual([]);
});
