import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { openBatchRig, type BatchRig } from '@taskflow/destinations/rig/aws-batch';
import { openKubernetesRig, type KubernetesRig } from '@taskflow/destinations/rig/kubernetes';
import { openMesosRig, type MesosRig } from '@taskflow/destinations/rig/mesos';
import { stringify } from 'yaml';
import { createJournal } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { runCli } from './harness/run-cli.js';

const PIPELINE = fileURLToPath(new URL('../../../examples/three-destinations/pipeline.yaml', import.meta.url));

describe('one run sends a task to AWS Batch, one to Kubernetes and one to Mesos', () => {
  const journal = createJournal();
  let rigs: [BatchRig, KubernetesRig, MesosRig];
  beforeAll(async () => {
    rigs = await Promise.all([openBatchRig(), openKubernetesRig(), openMesosRig()]);
  }, 180_000);
  afterAll(async () => {
    await Promise.all(rigs.map((rig) => rig.close()));
    journal.remove();
  });
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('scheduler'), start('worker')]));

  prove('each runs where it is sent, and only there', async ({ start, client, sql, environment, audit }) => {
    const [batch, cluster, grid] = rigs;
    const { region, queue, jobDefinition: job_definition, endpoint, logsEndpoint: logs_endpoint } = batch;
    const { kubeconfig, namespace } = cluster;
    const often = { sync_interval: '100ms' };
    const destinations = [
      { name: 'batch', kind: 'aws_batch', region, queue, job_definition, endpoint, logs_endpoint, ...often },
      { name: 'cluster', kind: 'kubernetes', kubeconfig, namespace, ...often },
      { name: 'grid', kind: 'mesos', masters: [grid.master], user: userInfo().username, ...often },
    ];
    const file = journal.path('destinations.yaml');
    writeFileSync(file, stringify({ destinations }));
    const account = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    await start('pusher', { environment: { TASKFLOW_DESTINATIONS: file, ...account } });

    const applied = await runCli(['workflow', 'apply', '-f', PIPELINE], environment);
    expect(applied).toMatchObject({ code: 0 });
    await client.run({ workflow: 'nightly' }, { day: 'Tuesday' });

    const jobs = await sql(
      `select n.node_key, j.destination, j.phase, count(*)::int as jobs
         from push_jobs j join task_records n on n.id = j.task_instance_id group by 1, 2, 3 order by 1`,
    );
    expect(jobs).toEqual([
      { node_key: 'index', destination: 'grid', phase: 'done', jobs: 1 },
      { node_key: 'score', destination: 'cluster', phase: 'done', jobs: 1 },
      { node_key: 'train', destination: 'batch', phase: 'done', jobs: 1 },
    ]);
    expect((await batch.containers()).length).toBe(1);
    expect((await grid.tasks()).length).toBe(1);
    const lines = await sql<{ line: string }>(`select line from task_logs where line like '%ed %in %' order by line`);
    expect(lines.map(({ line }) => line)).toEqual([
      'indexed in grid',
      expect.stringMatching(/^scored in cluster on .+/),
      'trained for Tuesday in batch',
    ]);
    expect(await audit()).toEqual([]);
  });
});
