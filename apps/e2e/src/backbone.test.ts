import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDeployment, type Deployment } from './harness/deployment.js';
import type { ServiceProcess } from './harness/service-process.js';
import { until } from './harness/until.js';

const PIPELINE = join(import.meta.dirname, 'fixture/pipeline.ts');
const RUNS = 200;

describe('four separate processes and a second scheduler', () => {
  let deployment: Deployment;
  const running: Record<string, ServiceProcess> = {};

  const startWorker = () => deployment.start('worker', { args: ['--load', PIPELINE] });

  beforeAll(async () => {
    deployment = await createDeployment();
    running['api'] = await deployment.start('api');
    running['scheduler'] = await deployment.start('scheduler');
    running['standby'] = await deployment.start('scheduler');
    running['pusher'] = await deployment.start('pusher');
    running['worker'] = await startWorker();
  }, 60_000);

  afterAll(() => deployment.stop(), 60_000);

  const ended = async (): Promise<number> => {
    const rows = await deployment.db.query<{ n: number }>({
      name: 'e2e_ended',
      text: `select count(*)::int as n from workflow_instances where finished_at is not null`,
    });
    return rows[0]?.n ?? 0;
  };

  /** Kills when this many runs have ended, so that every service dies in the middle of the work. */
  async function killAt(runs: number, name: string, again: () => Promise<ServiceProcess>): Promise<void> {
    await until(`${runs} runs ended`, async () => (await ended()) >= runs, 60_000);
    const victim = running[name];
    victim?.signal('SIGKILL');
    await victim?.exited;
    running[name] = await again();
  }

  it(`finishes ${RUNS} runs of the pipeline under kill -9 of each service in turn`, async () => {
    const { client, start, db } = deployment;
    await until('the pipeline is registered', async () => {
      const { workflows } = await client.services.definitions.listWorkflows({ pageSize: 0, pageToken: '' });
      return workflows.length === 1;
    });
    const submissions = Array.from({ length: RUNS }, (_, index) => ({
      target: { workflow: 'pipeline' },
      params: { rows: (index % 5) + 1 },
    }));
    const results = await client.submitBatch(submissions);
    expect(results.filter((result) => 'error' in result)).toEqual([]);

    await killAt(10, 'worker', startWorker);
    await killAt(40, 'scheduler', () => start('scheduler'));
    await killAt(70, 'api', () => start('api'));
    await killAt(100, 'pusher', () => start('pusher'));
    await killAt(130, 'standby', () => start('scheduler'));
    await killAt(160, 'worker', startWorker);
    await until(`all ${RUNS} runs ended`, async () => (await ended()) === RUNS, 90_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${deployment.report()}`);
    });

    const outcomes = await db.query<{ status: string; ok: boolean; runs: number }>({
      name: 'e2e_outcomes',
      text: `select status, (output -> 'push' ->> 'counted')::int = (params ->> 'rows')::int as ok, count(*)::int as runs
               from workflow_instances group by 1, 2`,
    });
    expect(outcomes).toEqual([{ status: 'success', ok: true, runs: RUNS }]);
  }, 200_000);

  it('leaves nothing that the auditor objects to', async () => {
    expect(await deployment.audit()).toEqual([]);
  });

  it('tells the truth about the lost attempts', async () => {
    const lost = await deployment.db.query<{ reason: string; retried: boolean }>({
      name: 'e2e_lost',
      text: `select a.reason, exists (select from task_attempts b where b.task_instance_id = a.task_instance_id
                     and b.attempt > a.attempt) as retried
               from task_attempts a where outcome = 'lost'`,
    });
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every((attempt) => attempt.retried)).toBe(true);
  });
});
