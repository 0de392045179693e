import { openBatchRig } from '@taskflow/destinations/rig/aws-batch';
import { CROWD, describeCrowd, type CrowdPlace } from './test/describe-crowd.js';
import { prefixOf } from './test/describe-crashes.js';

async function open(): Promise<CrowdPlace> {
  const rig = await openBatchRig();
  const { region, queue, jobDefinition: job_definition, endpoint, logsEndpoint: logs_endpoint } = rig;
  const operations = ['submitjob', 'listjobs', 'describejobs', 'describejobqueues', 'describejobdefinitions'];
  // A real crowd is looked at as often as is usual, a small one oftener: it would leave no room for a slow machine.
  const often = CROWD < 500 ? { sync_interval: '2s' } : {};
  return {
    settings: { kind: 'aws_batch', region, queue, job_definition, endpoint, logs_endpoint, ...often },
    environment: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    countJobs: async (id) => (await rig.containers()).filter(({ name }) => name.startsWith(prefixOf(id))).length,
    calls: async () =>
      Object.fromEntries(await Promise.all(operations.map(async (name) => [name, await rig.calls(name)] as const))),
    close: () => rig.close(),
  };
}

describeCrowd('aws_batch', open);
