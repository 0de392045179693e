import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAwsBatchDestination } from '@taskflow/destinations/aws-batch';
import { openBatchRig, type BatchRig } from '@taskflow/destinations/rig/aws-batch';
import { systemClock } from '@taskflow/domain';
import { until } from '../harness/until.js';
import { batchPlace } from './place.js';

const DEPLOYMENT = '0123abcd-0000-4000-8000-000000000000';

let rig: BatchRig;
beforeAll(async () => {
  rig = await openBatchRig();
}, 180_000);
afterAll(() => rig.close());

test('a place lists each job that it ever started, two of one name too, and those of others not', async () => {
  const place = batchPlace(rig);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const destination = createAwsBatchDestination({ name: 'batch', clock: systemClock, credentials, ...rig });
  const submit = async (deploymentId: string): Promise<void> => {
    const identity = { deploymentId, taskInstanceId: '1', attempt: 1, task: 't' };
    const spec = { run: { bash: 'true' }, env: {}, params: {}, inputs: {}, push: {} };
    const scope = destination.scopeFor(spec);
    const job = { externalName: destination.nameFor(identity), identity, spec, scope, specHash: '' };
    await destination.submit([job], AbortSignal.timeout(20_000));
  };
  await submit(DEPLOYMENT);
  await submit(DEPLOYMENT);
  await submit('ffffffff-0000-4000-8000-000000000000');
  await until('all have run', async () => {
    const all = await rig.containers();
    return all.length === 3 && all.every(({ code }) => code !== undefined);
  });
  const once = { externalName: 'tf-0123abcd-1-a1-t', alive: false };
  expect(await place.jobs(DEPLOYMENT)).toEqual([once, once]);
  await destination.stop();
});
