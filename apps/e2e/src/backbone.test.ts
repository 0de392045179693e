import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect } from '@jest/globals';
import { startReceiver, type Receiver } from './fixture/receiver.js';
import type { Deployment } from './harness/deployment.js';
import { deployed } from './harness/prove.js';
import { runCli } from './harness/run-cli.js';
import type { ServiceProcess } from './harness/service-process.js';
import { until } from './harness/until.js';

const EXAMPLE = join(import.meta.dirname, '../../../examples/seattle-weather');
const RUNS = 200;

describe('the example pipeline on four separate processes and a second scheduler', () => {
  const running = new Map<string, ServiceProcess>();
  let receiver: Receiver | undefined;
  afterAll(() => receiver?.close());

  const startAgain: Record<string, (deployment: Deployment) => Promise<ServiceProcess>> = {
    api: ({ start }) => start('api'),
    scheduler: ({ start }) => start('scheduler'),
    standby: ({ start }) => start('scheduler'),
    pusher: ({ start }) => start('pusher'),
    worker: ({ start, databaseUrl }) =>
      start('worker', {
        args: ['--load', join(EXAMPLE, 'pipeline.ts')],
        environment: { DATABASE_URL: databaseUrl },
      }),
  };
  const { prove } = deployed(async (deployment) => {
    receiver = await startReceiver();
    const environment = { ...process.env, DATABASE_URL: deployment.databaseUrl };
    await promisify(execFile)(process.execPath, [join(EXAMPLE, 'load-data.ts')], { env: environment });
    for (const [name, start] of Object.entries(startAgain)) running.set(name, await start(deployment));
  });

  const count = async ({ sql }: Deployment, of: string): Promise<number> => {
    const [row] = await sql<{ n: number }>(`select count(*)::int as n from ${of}`);
    return row?.n ?? 0;
  };

  /** Kills when this many of the thousand tasks have ended and some run, so that every service dies in the middle of the work. */
  async function killAt(tasks: number, name: string, deployment: Deployment): Promise<void> {
    await until(
      `${tasks} tasks have ended and some run`,
      async () =>
        (await count(deployment, 'task_records where finished_at is not null')) >= tasks &&
        (await count(deployment, 'task_leases')) > 0,
      60_000,
    );
    const victim = running.get(name);
    victim?.signal('SIGKILL');
    await victim?.exited;
    const again = await startAgain[name]?.(deployment);
    if (again) running.set(name, again);
  }

  prove(
    `finishes ${RUNS} runs under kill -9 of each service in turn`,
    async (deployment) => {
      const { client, sql } = deployment;
      await until('the pipeline is registered', async () => {
        const { workflows } = await client.services.definitions.listWorkflows({ pageSize: 0, pageToken: '' });
        return workflows.length === 1;
      });
      const days = (run: number): number => 1 + (run % 28);
      const submissions = Array.from({ length: RUNS }, (_, run) => ({
        target: { workflow: 'seattle-weather' },
        params: { from: '2014-01-01', to: `2014-01-${String(days(run)).padStart(2, '0')}`, reportUrl: receiver?.url },
      }));
      const results = await client.submitBatch(submissions);
      expect(results.filter((result) => 'error' in result)).toEqual([]);

      await killAt(100, 'worker', deployment);
      await killAt(250, 'scheduler', deployment);
      await killAt(400, 'api', deployment);
      await killAt(550, 'pusher', deployment);
      await killAt(700, 'standby', deployment);
      await killAt(800, 'worker', deployment);
      await until(
        `all ${RUNS} runs ended`,
        async () => (await count(deployment, 'workflow_instances where finished_at is not null')) === RUNS,
        90_000,
      );

      expect(
        await sql(`select status, output -> 'publish' ->> 'status' as answer, count(*)::int as runs
                     from workflow_instances group by 1, 2`),
      ).toEqual([{ status: 'success', answer: '201', runs: RUNS }]);
      // What came out at the other end is what went in: a report of so many days for each run.
      const wanted = Array.from({ length: RUNS }, (_, run) => days(run)).sort((a, b) => a - b);
      expect([...(receiver?.days.values() ?? [])].sort((a, b) => a - b)).toEqual(wanted);
    },
    200_000,
  );

  prove('leaves nothing that the auditor objects to', async ({ audit, databaseUrl }) => {
    expect(await audit()).toEqual([]);
    const doctor = await runCli(['doctor', '--audit'], { TASKFLOW_DATABASE_URL: databaseUrl });
    expect(doctor).toMatchObject({ code: 0, stdout: expect.not.stringContaining('does not hold') });
  });

  prove('tells the truth about every attempt', async ({ sql }) => {
    const lost = await sql<{ reason: string; retried: boolean }>(
      `select a.reason, exists (select from task_attempts b where b.task_instance_id = a.task_instance_id
                 and b.attempt > a.attempt) as retried
         from task_attempts a where outcome = 'lost'`,
    );
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every((attempt) => attempt.retried)).toBe(true);
    expect(
      await sql(`select count(distinct r.id)::int as refused_once
                   from task_attempts a join task_records r on r.id = a.task_instance_id
                  where r.node_key = 'publish' and a.outcome = 'failed' and a.message like '%503%'`),
    ).toEqual([{ refused_once: RUNS }]);
  });
});
