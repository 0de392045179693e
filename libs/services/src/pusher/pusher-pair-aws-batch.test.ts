import { openBatchRig } from '@taskflow/destinations/rig/aws-batch';
import { describePair } from './test/describe-pair.js';

beforeAll(() => {
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
});

describePair(
  'aws_batch',
  async () => {
    const rig = await openBatchRig();
    const { region, queue, jobDefinition: job_definition, endpoint, logsEndpoint: logs_endpoint } = rig;
    const place = { region, job_definition, endpoint, logs_endpoint };
    return {
      well: { ...place, queue },
      broken: { ...place, queue: 'gone' },
      close: () => rig.close(),
    };
  },
  /gone/,
);
