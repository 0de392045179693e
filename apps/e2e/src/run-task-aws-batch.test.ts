import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { openBatchRig, type BatchRig } from '@taskflow/destinations/rig/aws-batch';
import { stringify } from 'yaml';
import { createJournal } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { until } from './harness/until.js';

const LAUNCHER = join(import.meta.dirname, '../../cli/bin/taskflow.mjs');

describe('taskflow run-task in AWS Batch, where two jobs of one attempt can come to be', () => {
  const journal = createJournal();
  let rig: BatchRig;
  beforeAll(async () => {
    rig = await openBatchRig();
  }, 180_000);
  afterAll(async () => {
    await rig.close();
    journal.remove();
  });
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('scheduler')]));

  prove('the one whose container came first runs it, alone; it is followed though the other was known', async (the) => {
    const { region, queue, jobDefinition: job_definition, endpoint, logsEndpoint: logs_endpoint } = rig;
    const often = { sync_interval: '200ms', submit_timeout: '1s', ambiguity_window: '1s' };
    const place = {
      name: 'batch',
      kind: 'aws_batch',
      region,
      queue,
      job_definition,
      endpoint,
      logs_endpoint,
      ...often,
    };
    const file = journal.path('destinations.yaml');
    writeFileSync(file, stringify({ destinations: [{ ...place, api: the.grpcAddress }] }));
    const account = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    await the.start('pusher', { environment: { TASKFLOW_DESTINATIONS: file, ...account } });
    // The first job comes to be unseen: its answer is lost, and lists do not show it yet.
    await rig.fault({ op: 'listjobs', kind: 'stale', ms: 600_000, times: 1000 });
    await rig.fault({ op: 'submitjob', kind: 'drop_after' });

    const gate = journal.path('gate');
    const script = `echo "$AWS_BATCH_JOB_ID" >>${journal.path('ran')}; while [ ! -e ${gate} ]; do sleep 0.05; done; echo 1 >$TASKFLOW_OUTPUT`;
    const spec = {
      name: 'once',
      run: { handler: 'once' },
      push_destination: 'batch',
      push: { command: [process.execPath, LAUNCHER, 'run-task', '--', 'bash', '-c', script] },
    };
    await the.client.services.definitions.applyDefinitions({
      definitions: [{ kind: 'task', specJson: JSON.stringify(spec) }],
    });
    const run = await the.client.submit({ task: 'once' });
    await until('the second container has given way', async () => {
      const containers = await rig.containers();
      return containers.some(({ code }) => code === 86);
    });
    await rig.clearFaults();
    await until('the first one is followed', async () => (await events(run.id)).length > 0);
    writeFileSync(gate, '');
    expect(await run.result()).toBe(1);

    const [ran, ...more] = journal.lines('ran');
    expect(more).toEqual([]);
    expect(await events(run.id)).toMatchObject([{ detail: { to: ran } }]);
    // The report comes before the exit.
    const codes = await until('both containers are gone', async () => {
      const all = (await rig.containers()).map(({ code }) => code);
      return all.every((code) => code !== undefined) && all.sort();
    });
    expect(codes).toEqual([0, 86]);
    expect(await the.sql(`select outcome from task_attempts where task_instance_id = $1`, [run.id])).toEqual([
      { outcome: 'success' },
    ]);
    expect(await the.audit()).toEqual([]);

    function events(id: string): Promise<{ detail: unknown }[]> {
      return the.sql(`select detail from task_events where task_instance_id = $1 and type = 'repointed'`, [id]);
    }
  });
});
