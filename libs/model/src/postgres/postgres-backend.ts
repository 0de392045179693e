import { openDb, type Db } from '@taskflow/store';
import { createTestDatabase, registerTask, registerWorkflow, sql } from '@taskflow/testing';
import { snapshotOf } from '../memory/snapshot.js';
import type { Backend } from '../world/backend.js';
import { BEGIN, type Scenario } from '../world/scenario.js';
import { loadTables } from './load-tables.js';
import { ownClock } from './own-clock.js';

export interface PostgresStage {
  /** The database as it is before a story begins. */
  prepare(scenario: Scenario): Promise<Backend>;
  close(): Promise<void>;
}

/** A test database in which story after story is played, in time of their own. */
export async function openStage(): Promise<PostgresStage> {
  const database = await createTestDatabase();
  const name = new URL(database.url).pathname.slice(1);
  const builder = openDb({ url: database.url, applicationName: 'model', namedStatements: false });
  await sql(builder, ownClock(name));
  await builder.close();
  const db = openDb({ url: database.url, applicationName: 'model', maxConnections: 2 });
  const [tables] = await sql<{ names: string }>(
    db,
    `select string_agg(format('public.%I', tablename), ', ') as names from pg_tables
      where schemaname = 'public' and tablename not in ('_prisma_migrations', 'taskflow_meta')`,
  );
  return {
    async prepare(scenario) {
      await sql(db, `truncate ${tables?.names}, model.hints restart identity`);
      await sql(db, 'alter sequence lease_ids restart');
      await sql(db, 'update model.clock set moment = $1', [new Date(BEGIN)]);
      await define(db, scenario);
      return backendOn(db);
    },
    async close() {
      await db.close();
      await database.drop();
    },
  };
}

async function define(db: Db, { tasks, workflows, schedules }: Scenario): Promise<void> {
  for (const task of tasks) await registerTask(db, task);
  for (const workflow of workflows) await registerWorkflow(db, workflow);
  for (const [ordinal, { kind, target, everyMs, spec }] of schedules.entries()) {
    await sql(
      db,
      `insert into schedules (kind, target_name, ordinal, spec, high_water, next_at) values ($1, $2, $3, $4, $5, $6)`,
      [kind, target, ordinal, spec, new Date(BEGIN), new Date(BEGIN + everyMs)],
    );
  }
}

function backendOn(db: Db): Backend {
  return {
    connect() {
      const origin = {};
      const { query } = db;
      const tx: Db['tx'] = (work) =>
        db.tx((q) => work({ origin, query: (statement, values) => q.query(statement, values) }));
      return { origin, query, tx, close: () => Promise.resolve() };
    },
    async advance(ms) {
      await sql(db, `update model.clock set moment = moment + $1 * interval '1 millisecond'`, [ms]);
    },
    async hints() {
      const rows = await sql<{ id: string; run: string; node_key: string }>(
        db,
        'select id, workflow_instance_id as run, node_key from model.hints order by seq',
      );
      return rows.map(({ id, run, node_key: nodeKey }) => ({ id, workflowInstanceId: run, nodeKey }));
    },
    crash: () => Promise.reject(new Error('Postgres is not crashed here: stories for it have no such step')),
    async retireSchedules() {
      await sql(db, 'update schedules set active = false');
    },
    async openWork() {
      const [row] = await sql<{ open: number }>(
        db,
        `select ((select count(*) from task_records where finished_at is null)
               + (select count(*) from workflow_instances where finished_at is null)
               + (select count(*) from schedule_slots where outcome = 'buffered')
               + (select count(*) from workflow_changes))::integer as open`,
      );
      return row?.open ?? 0;
    },
    snapshot: async () => snapshotOf(await loadTables(db)),
  };
}
