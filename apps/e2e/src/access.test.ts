import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { client } from '@taskflow/sdk';
import type { Deployment } from './harness/deployment.js';
import { deployed } from './harness/prove.js';
import { runCli, type CliResult } from './harness/run-cli.js';
import type { ServiceProcess } from './harness/service-process.js';
import { until } from './harness/until.js';

const MODULES = ['--load', join(import.meta.dirname, 'fixture/chain.ts'), join(import.meta.dirname, 'fixture/long.ts')];
const ADMIN = 'the-token-of-this-deployment-0123456789';
const TOLD = { TASKFLOW_AUTH: 'tokens', TASKFLOW_ADMIN_TOKEN: ADMIN, TASKFLOW_TOKEN: ADMIN };

let worker: ServiceProcess;
const folder = mkdtempSync(join(tmpdir(), 'taskflow-access-'));

const cli = ({ grpcAddress }: Deployment, token: string, ...args: string[]): Promise<CliResult> =>
  runCli(args, { TASKFLOW_API_ADDRESS: grpcAddress, ...(token === '' ? {} : { TASKFLOW_TOKEN: token }) });

/** What `$(taskflow auth token create …)` gives a script. */
async function tokenFor(deployment: Deployment, name: string, role: string): Promise<string> {
  const made = await cli(deployment, ADMIN, 'auth', 'token', 'create', name, '--role', role, '-o', 'name');
  expect(made.code).toBe(0);
  return made.stdout.trim();
}

const startWorker = ({ start }: Deployment, name: string, token: string): Promise<ServiceProcess> =>
  start('worker', {
    args: MODULES,
    environment: { TASKFLOW_WORKER_NAME: name, TASKFLOW_TOKEN: token, TASKFLOW_SHUTDOWN_TIMEOUT: '5s' },
  });

describe('a deployment with access control', () => {
  const { prove } = deployed(async (deployment) => {
    const { start, client: admin } = deployment;
    await Promise.all([start('api'), start('scheduler')]);
    await until('the api is ready', async () => (await deployment.rest('GET', '/readyz')).status === 200);
    worker = await startWorker(deployment, 'first', await tokenFor(deployment, 'pool', 'worker'));
    await until('the workflows are registered', async () => {
      const { workflows } = await admin.services.definitions.listWorkflows({ pageSize: 0, pageToken: '' });
      return workflows.length === 2;
    });
  }, TOLD);

  prove('runs a workflow from end to end, each part with a token of its own role', async (deployment) => {
    const operator = await tokenFor(deployment, 'operator', 'operator');
    const ran = await cli(deployment, operator, 'workflow', 'run', 'small', '--wait');
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('success') });
    expect(await deployment.sql('select distinct submitted_by from workflow_instances')).toEqual([
      { submitted_by: 'operator' },
    ]);
    expect(await deployment.audit()).toEqual([]);
  });

  prove('a worker may neither submit nor cancel, nor read', async (deployment) => {
    const token = await tokenFor(deployment, 'pool 2', 'worker');
    const as = client({ address: deployment.grpcAddress, token, retryMs: 0 });
    const refused = { name: 'PermissionDenied', reason: 'ROLE_MISSING' };
    await expect(as.submit({ workflow: 'small' })).rejects.toMatchObject(refused);
    await expect(as.taskInstance('1').cancel()).rejects.toMatchObject(refused);
    await expect(as.taskInstance('1').get()).rejects.toMatchObject(refused);
    await expect(as.setActive({ workflow: 'small' }, false)).rejects.toMatchObject(refused);
    as.close();
  });

  prove('the command line says who one is, and ends with 4 where one may not', async (deployment) => {
    const viewer = await tokenFor(deployment, 'guest', 'viewer');
    expect(await cli(deployment, viewer, 'auth', 'whoami')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/guest[^]*viewer/),
    });
    expect(await cli(deployment, '', 'task', 'list', '--token', viewer)).toMatchObject({ code: 0 });
    const anonymous = await cli(deployment, '', 'task', 'list');
    expect(anonymous).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('Set TASKFLOW_TOKEN') });
    const wrong = await cli(deployment, 'a-wrong-one', 'task', 'list');
    expect(wrong).toMatchObject({ code: 4, stderr: expect.stringContaining('not known') });
    expect(wrong.stderr).not.toContain('a-wrong-one');
    const denied = await cli(deployment, viewer, 'workflow', 'run', 'small');
    expect(denied).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/needs the role operator or admin.*role viewer/),
    });
    expect(await cli(deployment, viewer, 'auth', 'token', 'list')).toMatchObject({ code: 4 });

    expect(await cli(deployment, ADMIN, 'auth', 'token', 'revoke', 'guest')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('revoked'),
    });
    expect(await cli(deployment, ADMIN, 'auth', 'token', 'revoke', 'guest')).toMatchObject({ code: 3 });
    expect(await cli(deployment, viewer, 'task', 'list')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('The token "guest" was revoked'),
    });
    const audited = await cli(deployment, ADMIN, 'auth', 'audit', '-o', 'json');
    expect(JSON.parse(audited.stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          method: 'taskflow.v1.AccessService/RevokeToken',
          detail: { name: 'guest', role: 'viewer' },
        }),
        expect.objectContaining({ actor: 'pool', targetKind: 'workflow', target: 'small' }),
      ]),
    );
  });

  prove(
    'a worker whose token is revoked is told so, ends, and what it ran is run by another',
    async (deployment) => {
      const { client: admin, sql } = deployment;
      const handle = await admin.submit({ task: 'gated' }, { folder });
      await until('it runs', async () => (await sql('select 1 from task_leases')).length === 1);
      const { code } = await cli(deployment, ADMIN, 'auth', 'token', 'revoke', 'pool');
      expect(code).toBe(0);
      expect((await worker.exited).code).toBe(4);
      const log = worker.lines.join('\n');
      expect(log).toContain('The token \\"pool\\" was revoked');
      // One try after it was told, and not one every half second.
      expect(worker.lines.filter((line) => line.includes('was revoked')).length).toBeLessThan(8);

      writeFileSync(join(folder, 'gate'), '');
      await startWorker(deployment, 'second', await tokenFor(deployment, 'pool', 'worker'));
      expect((await handle.wait()).status).toBe('success');
      expect(readFileSync(join(folder, 'gated'), 'utf8')).toBe('1\n2\n');
      expect(await deployment.audit()).toEqual([]);
    },
    90_000,
  );

  prove('a worker with a token of another role does not start, and says why', async (deployment) => {
    const viewer = await tokenFor(deployment, 'not a worker', 'viewer');
    await expect(startWorker(deployment, 'third', viewer)).rejects.toThrow(/needs the role .*worker/);
  });
});
