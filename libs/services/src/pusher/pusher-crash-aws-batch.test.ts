import { openBatchRig } from '@taskflow/destinations/rig/aws-batch';
import { describeCrashes, prefixOf, type RemotePlace } from './test/describe-crashes.js';

async function open(): Promise<RemotePlace> {
  const rig = await openBatchRig();
  const { region, queue, jobDefinition: job_definition, endpoint, logsEndpoint: logs_endpoint } = rig;
  const kept = { submit_timeout: '1s', ambiguity_window: '1s' };
  return {
    settings: { kind: 'aws_batch', region, queue, job_definition, endpoint, logs_endpoint, ...kept },
    environment: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    countJobs: async (id) => (await rig.containers()).filter(({ name }) => name.startsWith(prefixOf(id))).length,
    close: () => rig.close(),
  };
}

describeCrashes('aws_batch', open);
