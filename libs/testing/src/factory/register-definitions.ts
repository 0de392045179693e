import { definitionHash, parseTaskDefinition, parseWorkflowDefinition, type TaskDefinition } from '@taskflow/domain';
import type { Queryable } from './queryable.js';

/** Runs ad-hoc SQL in a test: what a person with psql would do. */
export function sql<Row extends object>(q: Queryable, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return q.query<Row>({ name: '', text }, values);
}

/** Registers a Task straight into the tables, for tests of what runs it. Gives its version id. */
export async function registerTask(db: Queryable, input: unknown): Promise<string> {
  return insertTask(db, parseTaskDefinition(input), undefined);
}

/** Registers a Workflow with its inline tasks straight into the tables. Gives its version id. */
export async function registerWorkflow(db: Queryable, input: unknown): Promise<string> {
  const spec = parseWorkflowDefinition(input);
  for (const { inline } of spec.tasks) if (inline) await insertTask(db, inline, spec.name);
  const version = await insertVersion(db, 'workflow', spec.name, definitionHash(spec), spec);
  await sql(
    db,
    `insert into workflows (name, version_id, default_priority, concurrency) values ($1, $2, $3, $4)
     on conflict (name) do update set version_id = excluded.version_id, concurrency = excluded.concurrency`,
    [spec.name, version, spec.default_priority, spec.concurrency ?? null],
  );
  return version;
}

async function insertTask(db: Queryable, spec: TaskDefinition, workflow: string | undefined): Promise<string> {
  const version = await insertVersion(db, 'task', spec.name, definitionHash(spec), spec);
  const handler = 'bash' in spec.run ? '@bash' : spec.run.handler;
  const lane = [spec.queue, spec.name, handler, JSON.stringify(spec.labels ?? {}), spec.push_destination ?? null];
  await sql(
    db,
    `insert into lanes (queue, task_name, handler, labels, destination) values ($1, $2, $3, $4, $5) on conflict do nothing`,
    lane,
  );
  await sql(
    db,
    `insert into tasks (name, version_id, lane_id, queue, default_priority, concurrency, workflow_name)
     select $2, $6, id, queue, $7, $8, $9 from lanes
      where queue = $1 and task_name = $2 and handler = $3 and labels = $4 and destination is not distinct from $5
     on conflict (name) do update set version_id = excluded.version_id, lane_id = excluded.lane_id`,
    [...lane, version, spec.default_priority, spec.concurrency ?? null, workflow ?? null],
  );
  return version;
}

async function insertVersion(db: Queryable, kind: string, name: string, hash: string, spec: object): Promise<string> {
  const [row] = await sql<{ id: string }>(
    db,
    `insert into definition_versions (kind, name, hash, spec) values ($1, $2, $3, $4)
     on conflict (kind, name, hash) do update set hash = excluded.hash returning id`,
    [kind, name, hash, JSON.stringify(spec)],
  );
  if (!row) throw new Error(`no version of ${kind} ${name}`);
  return row.id;
}
