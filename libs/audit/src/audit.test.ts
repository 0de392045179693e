import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDb, type Db, type Queryable } from '@taskflow/store';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { audit, checks, type Violation } from './audit.js';

/** A small sound history: a limited task with one success and one live lease, a finished and a running workflow, a fired slot. */
const SOUND = [
  `insert into lanes (id, queue, task_name, handler) overriding system value values (1, 'default', 'a', 'a')`,
  `insert into definition_versions (id, kind, name, hash, spec) overriding system value values
     (1, 'task', 'a', 'h1', '{"retries": 1, "infra_retries": 1, "concurrency": 2}'),
     (2, 'workflow', 'w', 'h2', '{"concurrency": 1, "tasks": [{"key": "x"}, {"key": "y", "depends_on": ["x"]}]}')`,
  `insert into worker_sessions (id, worker, protocol, queues, tasks, handlers, slots, lease_until, connected_at)
     overriding system value values
     (1, 'w1', 1, '{default}', '{}', '{a}', 1, now() + interval '1 h', now() - interval '1 h')`,
  `insert into schedules (id, kind, target_name, spec) overriding system value values (1, 'task', 'a', '{}')`,
  `insert into task_records (id, task_name, version_id, lane_id, status, priority, attempt, run_at, created_at, started_at,
       finished_at, schedule_id, scheduled_for) overriding system value values
     (1, 'a', 1, 1, 'success', 'normal', 1, now() - interval '50 min', now() - interval '50 min',
        now() - interval '49 min', now() - interval '48 min', 1, '2026-01-01Z'),
     (2, 'a', 1, 1, 'queued', 'normal', 0, now(), now(), null, null, null, null)`,
  `insert into task_attempts (task_instance_id, attempt, leased_at, ended_at, outcome, next_status) values
     (1, 1, now() - interval '49 min', now() - interval '48 min', 'success', 'success')`,
  `insert into schedule_slots (schedule_id, slot, outcome, reason, task_instance_id, term) values
     (1, '2026-01-01Z', 'fired', 'due', 1, 1)`,
  `insert into task_leases (id, attempt, session_id, lane_id, flags) values (2, 1, 1, 1, 1)`,
  `insert into limit_slots (limit_key, slot_no, id) values ('task:a', 1, 2)`,
  `insert into workflow_instances (id, workflow_name, version_id, status, priority, run_at, nodes_total, nodes_done,
       started_at, finished_at) overriding system value values
     (1, 'w', 2, 'success', 'normal', now(), 2, 2, now() - interval '40 min', now() - interval '30 min'),
     (2, 'w', 2, 'running', 'normal', now(), 2, 0, now() - interval '20 min', null)`,
  `insert into task_records (id, task_name, version_id, lane_id, workflow_instance_id, node_key, status, priority, attempt,
       run_at, created_at, started_at, finished_at) overriding system value values
     (11, 'x', 1, 1, 1, 'x', 'success', 'normal', 1, now(), now() - interval '40 min', now() - interval '40 min', now() - interval '36 min'),
     (12, 'y', 1, 1, 1, 'y', 'success', 'normal', 1, now(), now() - interval '35 min', now() - interval '35 min', now() - interval '30 min'),
     (13, 'x', 1, 1, 2, 'x', 'queued', 'normal', 0, now(), now(), null, null)`,
  `insert into task_attempts (task_instance_id, attempt, leased_at, ended_at, outcome, next_status) values
     (11, 1, now() - interval '40 min', now() - interval '36 min', 'success', 'success'),
     (12, 1, now() - interval '35 min', now() - interval '30 min', 'success', 'success')`,
  `insert into task_queue (lane_id, rank, id, attempt) values (1, 1, 13, 0)`,
];

const push = (id: number, attempt: number, phase: string) =>
  `insert into push_jobs (task_instance_id, attempt, destination, external_name, phase, spec, spec_hash, claimed_by_epoch)
     values (${id}, ${attempt}, 'd', 'n${id}-${attempt}', '${phase}', '{}', '', 1)`;

/** What to do to the sound history so that exactly this check speaks (others may, too). */
const PLANTS: Record<string, string[]> = {
  'live-instance-is-somewhere': [`delete from task_queue where id = 13`],
  'ended-instance-is-nowhere': [`insert into task_delayed (id, due_at) values (1, now())`],
  'running-workflow-has-something-to-wait-for': [
    `update task_records set status = 'success', finished_at = now() where id = 13`,
    `delete from task_queue where id = 13`,
  ],
  'ended-workflow-has-no-live-task': [`update task_records set finished_at = null, status = 'queued' where id = 12`],
  'one-success-per-run': [
    `insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status) values (1, 2, now(), 'success', 'success')`,
  ],
  'record-agrees-with-last-attempt': [`update task_records set status = 'failed', reason = 'X' where id = 1`],
  'success-has-its-attempt': [`delete from task_attempts where task_instance_id = 1`],
  'attempts-contiguous': [`update task_attempts set attempt = 2 where task_instance_id = 1`],
  'retries-within-budget': [
    `insert into task_attempts (task_instance_id, attempt, leased_at, outcome, next_status)
       select 1, n, now() - interval '49 min', 'failed', 'retry' from generate_series(2, 4) n`,
  ],
  'task-concurrency-never-exceeded': [
    `insert into task_records (id, task_name, version_id, lane_id, status, priority, attempt, run_at, finished_at)
       overriding system value select n, 'a', 1, 1, 'success', 'normal', 1, now(), now() from generate_series(21, 22) n`,
    `insert into task_attempts (task_instance_id, attempt, leased_at, ended_at, outcome, next_status)
       select n, 1, now() - interval '49 min', now() - interval '47 min', 'success', 'success' from generate_series(21, 22) n`,
  ],
  'workflow-concurrency-never-exceeded': [
    `update workflow_instances set started_at = now() - interval '35 min' where id = 2`,
  ],
  'limit-places-do-not-leak': [`insert into limit_slots (limit_key, slot_no, id) values ('task:a', 2, 1)`],
  'one-instance-per-slot': [`update task_records set schedule_id = 1, scheduled_for = '2026-01-01Z' where id = 2`],
  'fired-slot-has-its-instance': [
    `insert into schedule_slots (schedule_id, slot, outcome, reason, term) values (1, '2026-01-02Z', 'fired', 'due', 1)`,
  ],
  'scheduled-instance-has-its-slot': [`delete from schedule_slots`],
  'starts-after-its-dependencies': [`update task_records set created_at = now() - interval '38 min' where id = 12`],
  'every-node-decided': [`delete from task_records where id = 12`],
  'terminal-task-has-reason': [`update task_records set status = 'cancelled' where id = 1`],
  'live-task-is-not-finished': [`update task_records set finished_at = now() where id = 13`],
  'terminal-workflow-has-reason': [`update workflow_instances set status = 'failed' where id = 1`],
  'terminal-state-has-event': [`delete from task_attempts where task_instance_id = 12`],
  'no-job-after-the-end': [push(1, 1, 'running')],
  'one-open-job-per-instance': [push(13, 1, 'running'), push(13, 2, 'intent')],
  'ready-work-is-taken': [
    `update worker_sessions set slots = 5`,
    `update task_records set run_at = now() - interval '1 min', created_at = now() - interval '1 min' where id = 13`,
  ],
  'due-work-is-moved': [`insert into task_delayed (id, due_at) values (99, now() - interval '1 min')`],
};

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
  async function auditAfter(changes: readonly string[]): Promise<Violation[]> {
    let found: Violation[] = [];
    const work = async (q: Queryable) => {
      const run = (text: string) => q.query({ name: '', text });
      await run(`set local session_replication_role = replica`);
      for (const text of [...SOUND, ...changes]) await run(text);
      found = await audit(q);
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

  it('has a planted violation for every check', () => {
    expect(Object.keys(PLANTS).sort()).toEqual(checks.map((check) => check.name).sort());
  });

  it.each(Object.entries(PLANTS))(
    'finds a planted violation of %s, with the rows that prove it',
    async (name, plant) => {
      const violation = (await auditAfter(plant)).find((found) => found.check === name);
      expect(violation?.rows.length).toBeGreaterThan(0);
    },
  );
});
