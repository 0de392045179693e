import {
  atScale,
  createTestDatabase,
  explain,
  explainForAnyValues,
  FILL_MS,
  millionWanted,
  pagesRead,
  type TestDatabase,
} from '@taskflow/testing';
import pg from 'pg';
import type { Statement } from '../db.js';
import { claimKeysStatement } from '../submission/claim-keys.js';
import { dequeueTasksStatement } from '../submission/dequeue-replaced.js';
import { findKeysStatement } from '../submission/find-keys.js';
import { handOverKeysStatement } from '../submission/hand-over-keys.js';
import { insertNodeInstancesStatement, insertTaskInstancesStatement } from '../task/insert-task-instances.js';
import { findEndedStatement } from './find-ended.js';
import { findLiveStatement } from './find-live-tasks.js';
import { findRecordedOfTaskStatement, findRecordedStatement } from './find-recorded-tasks.js';
import { findTasksOfRunStatement } from './find-tasks-of-run.js';
import { findUnsuccessfulStatement } from './find-unsuccessful-tasks.js';
import { getTaskInstancesStatement } from './get-task-instances.js';
import { listRunsInStatusStatement, listRunsOfWorkflowStatement, listRunsStatement } from './get-workflow-instances.js';
import { taskIdRangeStatement, workflowIdRangeStatement } from './id-range.js';
import { listAttemptsStatement } from './list-attempts.js';
import { listTaskEventsStatement, listWorkflowEventsStatement } from './list-events.js';
import { listAttemptLogsStatement, listLogsStatement } from './list-logs.js';
import { listRecurringLatestStatement } from './list-recurring-latest.js';

// Written as it is, without the trigger that checks transitions: 100,000 ended instances, of which one in a thousand failed, 20,000 that wait and 5,000 that run.
const FILL = `
set session_replication_role = replica;
insert into definition_versions (kind, name, hash, spec) values ('task', 'a', 'h', '{}');
insert into lanes (queue, task_name, handler) select 'q' || n, 'task' || n, 'h' from generate_series(1, 20) n;
insert into task_records (task_name, version_id, lane_id, workflow_instance_id, node_key, status, priority, run_at, created_at, finished_at, attempt)
select 'task' || n % 20 + 1, 1, n % 20 + 1, case when n % 2 = 0 then n / 20 end, case when n % 2 = 0 then n::text end,
       case when n > 100000 then 'queued' when n % 1000 = 0 then 'failed' else 'success' end, 'normal', now(),
       now() - interval '1 d' + n * interval '0.1 s', case when n <= 100000 then now() end, 1
  from generate_series(1, 125000) n;
update task_records set task_name = 'rare' where id % 9999 = 0;
insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status)
select id, 1, now(), status, status from task_records where finished_at is not null;
insert into task_queue (lane_id, rank, id, attempt) select lane_id, id, id, 0 from task_records where id between 100001 and 120000;
insert into task_leases (id, attempt, session_id, lane_id, flags) select id, 1, 1, lane_id, 0 from task_records where id > 120000;
insert into task_events (task_instance_id, type) select id, 'handed_back' from task_records where id <= 100000;
insert into task_events (task_instance_id, type) select id, 'cancelled' from task_records where id % 999 = 0;
insert into task_events (workflow_instance_id, type) select n, 'started' from generate_series(1, 20000) n;
insert into task_logs select n / 100, 1, n, 'stdout', now(), 'x' from generate_series(1, 100000) n;
insert into workflow_instances (workflow_name, version_id, status, priority, run_at, nodes_total)
select 'w' || n % 20, 1, case when n % 1000 = 0 then 'failed' else 'success' end, 'normal', now(), 1 from generate_series(1, 100000) n;
update workflow_instances set workflow_name = 'rare' where id % 9999 = 0;
insert into unique_keys (task_or_workflow, key, task_instance_id) select 'task:a', n::text, n from generate_series(1, 100000) n;
insert into schedules (kind, target_name, spec) select 'task', 'task' || n, '{}' from generate_series(1, 20) n;
insert into schedule_slots (schedule_id, slot, outcome, reason, task_instance_id, term)
select n % 20 + 1, now() - n * interval '1 min', 'fired', 'on_time', n, 1 from generate_series(1, 100000) n;
insert into push_jobs (task_instance_id, attempt, destination, external_name, phase, spec, spec_hash, claimed_by_epoch)
select n, 1, 'd', n::text, case when n % 1000 = 0 then 'running' else 'done' end, '{}', 'h', 1 from generate_series(1, 100000) n;
set session_replication_role = origin;
vacuum analyze;`;

// Bounded by what is registered, or by what runs at a time; not by how long the system has run.
const SMALL = [
  'push_destinations',
  'lanes',
  'schedules',
  'worker_sessions',
  'tasks',
  'workflows',
  'task_delayed',
  'task_blocked',
  'limit_slots',
  'task_leases',
];

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const statement of atScale(FILL).split(';\n')) await client.query(statement);
}, FILL_MS);

afterAll(async () => {
  await client.end();
  await database.drop();
});

const ALL = ['1', '9223372036854775807', null, null];
const nulls = (count: number): null[] => Array.from({ length: count }, () => null);
const ids = Array.from({ length: 200 }, (_, n) => String(n * 500 + 1));
const inserted = (index: number, nodes: boolean) => [
  null,
  null,
  ids.map(() => 'task1'),
  ids.map(() => '1'),
  ids.map(() => 1),
  nodes ? ids.map(() => '7') : null,
  nodes ? ids.map((id) => `x${index}-${id}`) : null,
  null,
  null,
  ids.map(() => 'normal'),
  ...nulls(20),
];

const cases: [Statement, unknown[], string[]][] = [
  [insertTaskInstancesStatement, inserted(1, false), []],
  [insertNodeInstancesStatement, inserted(2, true), []],
  [
    claimKeysStatement,
    [ids.map(() => 'task:a'), ids, ids, ids.map(() => null), ids.map(() => null)],
    ['unique_keys_pkey'],
  ],
  [findKeysStatement, [ids.map(() => 'task:a'), ids], ['unique_keys_pkey']],
  [
    handOverKeysStatement,
    [ids.map(() => 'task:a'), ids, ids, ids.map(() => null), ids.map(() => null), ids],
    ['unique_keys_pkey'],
  ],
  [
    dequeueTasksStatement,
    [ids.slice(0, 5), 'test'],
    ['limit_slots_by_id', 'task_blocked_pkey', 'task_delayed_pkey', 'task_queue_by_id', 'task_records_pkey'],
  ],
  [findRecordedStatement, [...ALL, null, 101], ['task_records_pkey']],
  [findRecordedStatement, [...ALL, ['success'], 101], ['task_records_pkey']],
  [findRecordedOfTaskStatement, [...ALL, null, 101, 'rare'], ['task_records_by_task']],
  [findTasksOfRunStatement, [...ALL, null, 10_000, '77', null], ['task_records_node']],
  [
    findLiveStatement,
    [...ALL, ['queued', 'running', 'pushed'], 101, null],
    ['task_leases_pkey', 'task_queue_by_id', 'push_jobs_open_by_task', 'task_records_pkey'],
  ],
  [
    findUnsuccessfulStatement,
    [...ALL, 'failed', 101, null],
    ['task_attempts_not_success', 'task_events_by_type', 'task_records_pkey'],
  ],
  [
    findUnsuccessfulStatement,
    [...ALL, 'cancelled', 101, null],
    ['task_attempts_not_success', 'task_events_by_type', 'task_records_pkey'],
  ],
  [taskIdRangeStatement, [new Date(), null], ['task_records_pkey']],
  [workflowIdRangeStatement, [new Date(), null], ['workflow_instances_pkey']],
  [getTaskInstancesStatement, [ids.slice(0, 100)], ['task_records_pkey', 'task_queue_by_id']],
  [listAttemptsStatement, ['77'], ['task_attempts_pkey', 'task_leases_pkey']],
  [listTaskEventsStatement, ['77', 1000], ['task_attempts_pkey', 'task_events_by_task', 'task_records_pkey']],
  [listWorkflowEventsStatement, ['77', 1000], ['task_attempts_pkey', 'task_events_by_workflow', 'task_records_node']],
  [listLogsStatement, ['77', 0, '0', 1001], ['task_logs_pkey']],
  [listAttemptLogsStatement, ['77', 1, '0', 1001], ['task_logs_pkey']],
  [listRunsStatement, [...ALL, 101], ['workflow_instances_pkey']],
  [listRunsOfWorkflowStatement, [...ALL, 101, 'rare', null], ['workflow_instances_by_name']],
  [listRunsInStatusStatement, [...ALL, 101, 'failed'], ['workflow_instances_by_status']],
  [listRecurringLatestStatement, [], ['schedule_slots_pkey', 'workflow_instances_pkey']],
  [findEndedStatement, [ids, ids], ['task_records_pkey', 'workflow_instances_pkey']],
];

test.each(cases.map(([statement, values, indexes]) => [statement.name, statement, values, indexes] as const))(
  '%s reads by its indexes, whatever it is asked for',
  async (_name, statement, values, indexes) => {
    const asked = await explain(client, statement, [...values]);
    expect({ seqScans: asked.seqScans.filter((table) => !SMALL.includes(table)), json: asked.json }).toMatchObject({
      seqScans: [],
    });
    expect(asked.indexes).toEqual(
      expect.arrayContaining(indexes.filter((index) => !SMALL.some((table) => index.startsWith(table)))),
    );
  },
);

// With the instances that wait and run, which are newer than those that have ended: a quarter of this history.
const PAGES_OF_A_LIST = millionWanted ? 20_000 : 2000;

const planned = cases.map(([statement]) => statement).filter((statement) => statement.planEachTime !== true);

test.each(planned.map((statement) => [statement.name, statement] as const))(
  '%s needs no seq scan when it is planned once for all values',
  async (_name, statement) => {
    const { seqScans } = await explainForAnyValues(client, statement);
    expect(seqScans.filter((table) => !SMALL.includes(table))).toEqual([]);
  },
);

// What the sample of an analyze may make the planner prefer.
test.each(['', 'enable_mergejoin', 'enable_hashjoin', 'enable_nestloop'])(
  'the newest of each status are found near the end of an index (without %s)',
  async (avoided) => {
    if (avoided) await client.query(`set ${avoided} = off`);
    try {
      for (const [statement, values] of cases.filter(([{ planEachTime }]) => planEachTime)) {
        const pages = await pagesRead(client, statement, [...values]);
        expect({ name: statement.name, tooMany: pages > PAGES_OF_A_LIST ? pages : undefined }).toEqual({
          name: statement.name,
        });
      }
    } finally {
      if (avoided) await client.query(`reset ${avoided}`);
    }
  },
);
