import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { System } from './system.ts';

const CLIENTS = 4;
const BATCH = 100;
const STORAGE =
  '(autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)';
const TABLES = `
  create table ready (queue integer, priority bigint, id bigint, attempt integer, primary key (queue, priority, id)) with ${STORAGE};
  create table lease (id bigint primary key, attempt integer, worker integer, lease_until timestamptz) with ${STORAGE};
  create table task (id bigint primary key, state integer, attempt integer, worker integer, payload jsonb, result jsonb,
    created_at timestamptz default now(), finished_at timestamptz) with (fillfactor = 50);`;

/** A claim of a hundred and their completion, each its own transaction: what moving such rows costs without a product around it. */
const SCRIPT = `
with x as (
  delete from ready where ctid = any (array(
    select ctid from ready where queue = 1 order by queue, priority, id limit ${BATCH} for update skip locked))
  returning id, attempt),
l as (
  insert into lease (id, attempt, worker, lease_until)
  select id, attempt + 1, :client_id, now() + interval '15 s' from x returning id, attempt)
select array_agg(l.id)::text as ids, array_agg(l.attempt)::text as attempts, array_agg(t.payload::text)::text as payloads
  from l join task t on t.id = l.id \\gset
with z as (
  delete from lease l using unnest(:ids::bigint[], :attempts::integer[]) u (id, attempt)
   where l.id = u.id and l.attempt = u.attempt returning l.id, l.attempt, l.worker)
update task t set state = 2, finished_at = now(), attempt = z.attempt, worker = z.worker, result = 'null'
  from z where t.id = z.id;
`;

/** pgbench on bare rows in the shape of the ones that Taskflow moves; no attempts, sessions, limits, events, workflows. */
export async function pgbench(url: string, tools: string): Promise<System> {
  const pool = new Pool({ connectionString: url, max: 1 });
  await pool.query(TABLES);
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-pgbench-'));
  const script = join(folder, 'claim-and-complete.sql');
  writeFileSync(script, SCRIPT);
  return {
    name: 'pgbench',
    version: '',
    settings: `${CLIENTS} clients, batches of ${BATCH}, bare rows: the limit of such statements`,
    database: 'pgbench',
    keepsHistory: true,
    async drainRows(count) {
      const each = Math.floor(count / (CLIENTS * BATCH));
      await pool.query(
        `with made as (
           insert into task (id, state, payload)
           select i, 0, '{}' from (select coalesce(max(id), 0) as top from task) t, generate_series(top + 1, top + $1::int) i
           returning id)
         insert into ready select 1, id, id, 0 from made`,
        [each * CLIENTS * BATCH],
      );
      await pool.query('vacuum analyze');
      await pool.query('checkpoint');
      const args = ['-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '2', '-t', String(each), '-f', script, url];
      const { stdout, stderr, status } = spawnSync(join(tools, 'pgbench'), args, { encoding: 'utf8' });
      const rate = Number(/tps = ([\d.]+) \(without/.exec(stdout)?.[1]);
      if (status !== 0 || !(rate > 0)) throw new Error(`pgbench has failed:\n${stdout}${stderr}`);
      const { rows } = await pool.query<{ left: string }>('select count(*) as left from task where state <> 2');
      if (rows[0]?.left !== '0') throw new Error(`pgbench has left ${rows[0]?.left} rows.`);
      return rate * BATCH;
    },
    async close() {
      await pool.end();
      rmSync(folder, { recursive: true });
    },
  };
}
