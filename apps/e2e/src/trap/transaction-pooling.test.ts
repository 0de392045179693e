import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { task, workflow } from '@taskflow/sdk';
import { createDeployment, type Deployment } from '../harness/deployment.js';
import { findPgBouncer, startPgBouncer, type PgBouncer } from '../harness/pgbouncer.js';
import { until } from '../harness/until.js';

const step = task({ name: 'step', bash: 'true' });
const limited = task({ name: 'limited', bash: 'true', concurrency: 2 });
const flaky = task({ name: 'flaky', bash: '[ "$TASKFLOW_ATTEMPT" = 2 ]', retries: 1, retryDelay: '100ms' });
const ticking = task({ name: 'ticking', bash: 'true', schedule: { every: '1s' } });
const diamond = workflow({
  name: 'diamond',
  tasks: {
    a: step,
    b: { task: step, dependsOn: ['a'] },
    c: { task: step, dependsOn: ['a'] },
    d: { task: step, dependsOn: ['b', 'c'] },
  },
});

const binary = findPgBouncer();

describe('trap: transaction pooling, where each transaction has another connection', () => {
  if (binary === undefined) {
    it('was NOT tested: pgbouncer is not installed here (Debian: apt-get install pgbouncer)', () => undefined);
    return;
  }

  let deployment: Deployment;
  let pooler: PgBouncer;
  beforeAll(async () => {
    deployment = await createDeployment({
      TASKFLOW_DATABASE_NAMED_STATEMENTS: 'off',
      TASKFLOW_DATABASE_LISTEN: 'off',
    });
    pooler = await startPgBouncer(binary, deployment.databaseUrl);
  }, 30_000);
  afterAll(async () => {
    await deployment.stop();
    await pooler.stop();
  }, 60_000);

  it('costs nothing but notifications: migrations, claims, limits, keys, schedules and workflows work', async () => {
    const { client, sql, audit } = deployment;
    const start: Deployment['start'] = (service) =>
      deployment.start(service, { environment: { TASKFLOW_DATABASE_URL: pooler.url } });
    // Each migrates: with a lock of the session the second would wait for a connection that nobody has any more.
    await Promise.all([start('api'), start('scheduler'), start('scheduler'), start('worker')]);
    await client.apply({ tasks: [step, limited, flaky, ticking], workflows: [diamond] });
    const submissions = [
      ...Array.from({ length: 20 }, () => ({ target: step })),
      ...Array.from({ length: 10 }, () => ({ target: limited })),
      ...Array.from({ length: 5 }, () => ({ target: flaky })),
      ...Array.from({ length: 5 }, () => ({ target: diamond })),
    ];
    await client.submitBatch(submissions);
    const same = await Promise.all(Array.from({ length: 30 }, () => client.submit(step, {}, { unique: 'one' })));
    expect(new Set(same.map(({ id }) => id)).size).toBe(1);

    await until('all have ended, and slots have fired', async () => {
      const [left] = await sql<{ live: number; ticks: number }>(
        `select (select count(*) from task_records where finished_at is null and schedule_id is null)::int
              + (select count(*) from workflow_instances where finished_at is null)::int as live,
                (select count(*) from task_records where schedule_id is not null and finished_at is not null)::int as ticks`,
      );
      return left?.live === 0 && left.ticks >= 2;
    });
    expect(await sql(`select distinct status from task_instances where finished_at is not null`)).toEqual([
      { status: 'success' },
    ]);
    expect(await audit()).toEqual([]);
    // Nothing of a session was left on the shared connections.
    expect(
      await sql(`select objid from pg_locks where locktype = 'advisory' and granted and database =
                        (select oid from pg_database where datname = current_database())`),
    ).toEqual([]);
    expect(deployment.report()).not.toMatch(/prepared statement|"level":"error"/);
  }, 60_000);

  it('is explained when the services are not told of it', async () => {
    const api = await deployment.start('api', {
      environment: {
        TASKFLOW_DATABASE_URL: pooler.url,
        TASKFLOW_DATABASE_NAMED_STATEMENTS: 'on',
        TASKFLOW_GRPC_PORT: '0',
        TASKFLOW_HTTP_PORT: '0',
      },
    });
    await until('it says what to set', async () =>
      api.lines.some((line) => line.includes('Set TASKFLOW_DATABASE_NAMED_STATEMENTS=off')),
    );
  }, 30_000);
});
