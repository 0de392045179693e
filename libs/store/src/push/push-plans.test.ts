import { atScale, createTestDatabase, explain, FILL_MS, registerTask, type TestDatabase } from '@taskflow/testing';
import pg from 'pg';
import { openDb, SESSION_OPTIONS, type Statement } from '../db.js';
import { appendLogStatement } from './append-log.js';
import { appendClaimedLogStatement } from './append-claimed-log.js';
import { claimJobStatement } from './claim-job.js';
import { claimStateStatement } from './claim-state.js';
import { claimPushesStatement } from './claim-pushes.js';
import { doubtSubmitsStatement } from './doubt-submits.js';
import { endJobsStatement } from './end-jobs.js';
import { findByNameStatement } from './find-by-name.js';
import { findJobsStatement } from './find-jobs.js';
import { listDestinationsStatement } from './list-destinations.js';
import { lockJobsStatement } from './lock-jobs.js';
import { markSubmittingStatement } from './mark-submitting.js';
import { recordCancelsStatement } from './record-cancels.js';
import { recordMissesStatement } from './record-misses.js';
import { recordProgressStatement } from './record-progress.js';
import { recordSubmitsStatement } from './record-submits.js';
import { repointJobsStatement } from './repoint-jobs.js';
import { findUnsettledStatement, leaveUnsettledStatement, settleJobsStatement } from './settle-job.js';
import { stopOverdueStatement } from './stop-overdue.js';
import { surveyDestinationStatement } from './survey-destination.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url, options: SESSION_OPTIONS });
  await client.connect();
  const db = openDb({ url: database.url, applicationName: 'push-plans-test' });
  const version = await registerTask(db, { name: 't', bash: 'true', push_destination: 'd1' });
  await db.close();
  const fill = [
    // History is made up here, without the trigger that checks how states follow each other.
    'set session_replication_role = replica',
    `insert into push_destinations (name, kind, config_hash) select 'd' || i, 'local', '' from generate_series(1, 5) i`,
    `insert into task_records (task_name, version_id, lane_id, status, priority, run_at, attempt)
     select 't', ${version}, 1, 'success', 'normal', now(), 1 from generate_series(1, 100000) i`,
    `insert into push_jobs (task_instance_id, attempt, destination, external_name, external_id, phase, spec, spec_hash,
                            claimed_by_epoch)
     select i, 1, 'd' || 1 + i % 5, 'n' || i, 'e' || i, case when i % 200 = 0 then 'running' else 'done' end, '{}', '', 1
       from generate_series(1, 100000) i`,
    `insert into task_queue (lane_id, rank, id, attempt) select 1, i, 100000 + i, 0 from generate_series(1, 100000) i`,
    `insert into limit_slots (limit_key, slot_no, id) select 'k', i, i from generate_series(1, 100000) i`,
    `insert into unique_keys (task_or_workflow, key, task_instance_id) select 't', i, i from generate_series(1, 100000) i`,
    `insert into workflow_instances (workflow_name, version_id, status, priority, run_at, nodes_total)
     select 'w', ${version}, 'success', 'normal', now(), 1 from generate_series(1, 20000) i`,
    'analyze',
  ];
  for (const statement of fill) await client.query(atScale(statement));
}, FILL_MS);
afterAll(async () => {
  await client.end();
  await database.drop();
});

const IDS = ['200', '400', '600'];
const EACH = <T>(value: T): T[] => [value, value, value];
const ENDS = [IDS, ...['done', 'failed', 'failed', 'EXIT_CODE', 'm'].map(EACH), EACH(1), EACH(null), EACH(0), EACH(1)];
const REMOTE = [EACH(0), EACH('user'), EACH('exit 1'), EACH(null), EACH(null), EACH(null)];

const CASES: [Statement, unknown[]][] = [
  [surveyDestinationStatement, ['d1']],
  [claimPushesStatement, ['d1', 100]],
  [markSubmittingStatement, ['d1', 20]],
  [
    recordSubmitsStatement,
    [IDS, EACH('submitted'), EACH('x'), EACH('{}'), EACH(0), EACH(null), null, 'pusher', EACH('l')],
  ],
  [listDestinationsStatement, [null]],
  [doubtSubmitsStatement, ['d1']],
  [findJobsStatement, ['d1', ['submitted', 'running', 'missing']]],
  [lockJobsStatement, [IDS]],
  [endJobsStatement, ['pusher', '{"normal": 0}', ...ENDS, ...REMOTE]],
  [recordProgressStatement, [IDS, EACH('running'), EACH('RUNNING'), EACH(null)]],
  [recordMissesStatement, [IDS]],
  [stopOverdueStatement, ['d1']],
  [recordCancelsStatement, [IDS, 1000, 'pusher']],
  [appendLogStatement, ['200', null, '{}', 0, ['stdout'], ['line']]],
  [claimJobStatement, ['200', 'local:a']],
  [claimStateStatement, ['200']],
  [appendClaimedLogStatement, ['200', 'local:a', ['1'], ['stdout'], [new Date(0)], ['line']]],
  [leaveUnsettledStatement, ['200', 1000]],
  [findUnsettledStatement, ['d1']],
  [settleJobsStatement, [IDS, EACH('x'), EACH('success'), EACH(null), 'pusher']],
  [repointJobsStatement, [IDS, EACH('a'), EACH('b'), EACH('local:a'), 'pusher', EACH(null)]],
  [findByNameStatement, ['d1', ['n1', 'n2']]],
];

test.each(CASES.map(([statement, values]) => [statement.name, statement, values] as const))(
  '%s reads no large table from end to end, over 100,000 jobs',
  async (_name, statement, values) => {
    const { seqScans } = await explain(client, statement, [...values]);
    const small = ['push_destinations', 'lanes', 'taskflow_meta'];
    expect(seqScans.filter((table) => !small.includes(table))).toEqual([]);
  },
);
