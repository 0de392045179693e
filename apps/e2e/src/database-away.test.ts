import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { client, task } from '@taskflow/sdk';
import { createDeployment, type Deployment } from './harness/deployment.js';
import { gateTo, type Gate } from './harness/gate.js';
import { runCli } from './harness/run-cli.js';
import { until } from './harness/until.js';

const job = task({ name: 'job', bash: 'sleep 0.3; echo 1 > "$TASKFLOW_OUTPUT"' });
const tick = task({ name: 'tick', bash: 'true', schedule: { cron: '* * * * * *', misfire: 'last' } });

describe('a database that is away', () => {
  let deployment: Deployment;
  let gate: Gate;
  beforeAll(async () => {
    deployment = await createDeployment();
    gate = await gateTo(deployment.databaseUrl);
    const environment = { TASKFLOW_DATABASE_URL: gate.url };
    const services = ['api', 'scheduler', 'pusher', 'worker'] as const;
    await Promise.all(services.map((name) => deployment.start(name, { environment })));
  }, 60_000);
  afterAll(async () => {
    gate.open();
    await deployment.stop();
    await gate.close();
  }, 60_000);

  const readiness = async () => (await fetch(`${deployment.httpUrl}/readyz`)).status;
  const runs = async (): Promise<number> => {
    const [row] = await deployment.sql<{ n: number }>(
      `select count(*)::int as n from schedule_slots where outcome = 'fired'`,
    );
    return row?.n ?? 0;
  };

  it('at the start is named to callers, and work begins when it comes', async () => {
    const impatient = client({ address: deployment.grpcAddress, retryMs: 0 });
    await expect(impatient.apply({ tasks: [job] })).rejects.toMatchObject({
      kind: 'Unavailable',
      reason: 'DATABASE_DOWN',
    });
    impatient.close();
    expect(await readiness()).toBe(503);
    expect(await deployment.rest('GET', '/v1/tasks')).toMatchObject({
      status: 503,
      body: { error: { code: 'UNAVAILABLE', reason: 'DATABASE_DOWN' } },
    });
    const typed = await runCli(['task', 'list', '--api', deployment.grpcAddress]);
    expect(typed).toMatchObject({ code: 7, stdout: '', stderr: expect.stringMatching(/database/i) });

    const waiting = deployment.client.apply({ tasks: [job, tick] });
    gate.open();
    await waiting;
    expect(await deployment.client.run(job)).toBe(1);
    await until('the schedule fires', async () => (await runs()) > 0).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${deployment.report()}`);
    });
    await until('the api says that it is ready', async () => (await readiness()) === 200);
  }, 60_000);

  it('in the middle of the work costs no result and no process', async () => {
    const handles = await Promise.all(Array.from({ length: 10 }, () => deployment.client.submit(job)));
    await until('some run', async () => {
      const [row] = await deployment.sql<{ n: number }>('select count(*)::int as n from task_leases');
      return (row?.n ?? 0) > 0;
    });
    gate.shut();
    await until('the api says so', async () => (await readiness()) === 503, 10_000);
    const before = await runs();
    const late = deployment.client.submit(job);
    gate.open();
    expect(await Promise.all([...handles, await late].map((handle) => handle.result()))).toEqual(Array(11).fill(1));
    await until('the schedule fires again', async () => (await runs()) > before);
    expect(
      await deployment.sql(`select distinct attempt, status from v_task_instances where task_name = 'job'`),
    ).toEqual([{ attempt: 1, status: 'success' }]);
    expect(await deployment.audit()).toEqual([]);
  }, 60_000);
});

describe('a busy port', () => {
  it.each(['TASKFLOW_GRPC_PORT', 'TASKFLOW_HTTP_PORT'])('ends the api with 7 and names %s', async (variable) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = String(typeof address === 'object' && address ? address.port : 0);
    const { code, stderr } = await runCli(['serve', 'api'], {
      TASKFLOW_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      TASKFLOW_GRPC_PORT: '0',
      TASKFLOW_HTTP_PORT: '0',
      [variable]: port,
    });
    expect(code).toBe(7);
    expect(stderr).toMatch(new RegExp(`Port ${port} on 127.0.0.1 is in use .* set ${variable}`));
    await new Promise((resolve) => other.close(resolve));
  });
});
