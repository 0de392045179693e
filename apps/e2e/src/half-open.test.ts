import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { client, task } from '@taskflow/sdk';
import { createDeployment, type Deployment } from './harness/deployment.js';
import { openLink, type Link } from './harness/link.js';
import type { ServiceProcess } from './harness/service-process.js';
import { until } from './harness/until.js';

const TTL_S = 6;
const long = task({ name: 'long', bash: `sleep ${2 * TTL_S}; echo 1 > "$TASKFLOW_OUTPUT"` });
const short = task({ name: 'short', bash: 'echo 2 > "$TASKFLOW_OUTPUT"' });

/** The other end is gone, and no packet says so: what a router does that forgets, or a machine that loses its power. */
describe('a connection to the api that is half-open', () => {
  let deployment: Deployment;
  let link: Link;
  let worker: ServiceProcess | undefined;
  beforeAll(async () => {
    deployment = await createDeployment({ TASKFLOW_LEASE_TTL: `${TTL_S}s` });
    const { port } = new URL(`http://${deployment.grpcAddress}`);
    link = await openLink('api', () => Number(port));
    await Promise.all([deployment.start('api'), deployment.start('scheduler')]);
    await deployment.client.apply({ tasks: [long, short] });
  }, 60_000);
  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
    expect(await deployment.audit()).toEqual([]);
  }, 30_000);
  afterAll(async () => {
    await deployment.stop();
    await link.close();
  }, 60_000);

  const startWorker = async (): Promise<ServiceProcess> =>
    deployment.start('worker', { environment: { TASKFLOW_API_ADDRESS: `127.0.0.1:${link.port}` } });
  const runs = async (id: string): Promise<boolean> => {
    const [row] = await deployment.sql<{ status: string }>('select status from task_instances where id = $1', [id]);
    return row?.status === 'running';
  };
  const leaseUntil = async (): Promise<string | undefined> => {
    const [row] = await deployment.sql<{ until: string }>(
      'select max(lease_until)::text as until from worker_sessions where closed_at is null',
    );
    return row?.until;
  };
  const attempts = (id: string) =>
    deployment.sql('select attempt, outcome from task_attempts where task_instance_id = $1', [id]);

  it('does not cost a worker its leases: what runs for longer than the lease runs once', async () => {
    worker = await startWorker();
    const handle = await deployment.client.submit(long);
    await until('it runs', () => runs(handle.id));
    // Heartbeats have a connection of their own, which begins with the first of them.
    const renewed = await leaseUntil();
    await until('its lease is renewed', async () => (await leaseUntil()) !== renewed);
    link.halfOpen();
    expect(await handle.result()).toBe(1);
    expect(await attempts(handle.id)).toEqual([{ attempt: 1, outcome: 'success' }]);
  }, 60_000);

  it('is replaced by a worker that has nothing to do, which gets what was leased into the silence', async () => {
    worker = await startWorker();
    expect(await deployment.client.run(short)).toBe(2);
    link.halfOpen();
    const handle = await deployment.client.submit(short);
    expect(await handle.result()).toBe(2);
  }, 60_000);

  it('makes a client call again, and one submission stays one instance', async () => {
    worker = await startWorker();
    const before = await deployment.sql<{ n: number }>('select count(*)::int as n from task_records');
    const distant = client({ address: `127.0.0.1:${link.port}` });
    await distant.run(short);
    link.halfOpen();
    expect(await distant.run(short)).toBe(2);
    distant.close();
    const after = await deployment.sql<{ n: number }>('select count(*)::int as n from task_records');
    expect(Number(after[0]?.n) - Number(before[0]?.n)).toBe(2);
  }, 60_000);

  it('whose answer is dropped after the api has acted makes a client call again, and it is the same instance', async () => {
    const distant = client({ address: `127.0.0.1:${link.port}` });
    await distant.submit(short);
    const before = await deployment.sql<{ n: number }>('select count(*)::int as n from task_records');
    link.mute(500);
    const handle = await distant.submit(short);
    const after = await deployment.sql<{ n: number }>('select count(*)::int as n, max(id) as last from task_records');
    expect(after).toMatchObject([{ n: Number(before[0]?.n) + 1, last: handle.id }]);
    distant.close();
  }, 60_000);
});
