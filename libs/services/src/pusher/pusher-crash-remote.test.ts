import { userInfo } from 'node:os';
import { missingForBatchRig, openBatchRig } from '@taskflow/destinations/rig/aws-batch';
import { missingForKubernetesRig, openKubernetesRig } from '@taskflow/destinations/rig/kubernetes';
import { missingForMesosRig, openMesosRig } from '@taskflow/destinations/rig/mesos';
import { PUSH_FAULT_POINTS } from '@taskflow/engine';
import { processEnvironment } from '@taskflow/runtime';
import { openCrashBench, type CrashPlace } from './test/crash-bench.js';

interface RemotePlace extends CrashPlace {
  close(): Promise<void>;
}

/** Kills at each point; TASKFLOW_TEST_KILLS asks for more of them. */
const KILLS = Number(processEnvironment()['TASKFLOW_TEST_KILLS'] ?? 1);
const INSTANCES = 3;

const prefixOf = (deploymentId: string): string => `tf-${deploymentId.slice(0, 8)}-`;

async function awsBatch(): Promise<RemotePlace> {
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

async function kubernetes(): Promise<RemotePlace> {
  const rig = await openKubernetesRig();
  const { kubeconfig, namespace } = rig;
  const pod_template = { spec: { containers: [{ name: 'main', image: 'none' }] } };
  return {
    settings: { kind: 'kubernetes', kubeconfig, namespace, pod_template },
    countJobs: async (id) => {
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
      const { items } = await rig.admin<{ items: { metadata: { name: string } }[] }>('GET', path);
      return items.filter(({ metadata }) => metadata.name.startsWith(prefixOf(id))).length;
    },
    close: () => rig.close(),
  };
}

async function mesos(): Promise<RemotePlace> {
  const rig = await openMesosRig();
  const kept = { submit_timeout: '5s', ambiguity_window: '5s' };
  return {
    settings: { kind: 'mesos', masters: [rig.master], user: userInfo().username, ...kept },
    countJobs: async (id) => (await rig.tasks()).filter((name) => name.startsWith(prefixOf(id))).length,
    close: () => rig.close(),
  };
}

describe.each([
  ['aws_batch', awsBatch, missingForBatchRig()],
  ['kubernetes', kubernetes, missingForKubernetesRig()],
  ['mesos', mesos, missingForMesosRig()],
] as const)('the pusher of a destination of kind %s', (kind, open, missing) => {
  if (missing !== undefined) console.warn(`${kind}: the pusher is not killed there, ${missing}`);
  const testHere = missing === undefined ? test : test.skip;
  let place: RemotePlace;
  beforeAll(async () => {
    if (missing === undefined) place = await open();
  }, 180_000);
  afterAll(() => (missing === undefined ? place.close() : undefined));

  testHere(
    'is killed at every point, and submits every attempt once',
    async () => {
      const bench = await openCrashBench(() => place);
      try {
        let instances = 0;
        for (let round = 0; round < KILLS; round += 1) {
          for (const point of PUSH_FAULT_POINTS) {
            await bench.submit(INSTANCES);
            instances += INSTANCES;
            expect(await bench.startPusher(`${point}:${String((round % 3) + 1)}`).signal).toBe('SIGKILL');
          }
        }
        const last = bench.startPusher();
        await bench.allEnded();
        await last.stop();
        await bench.expectOneJobPerAttempt(instances);
      } finally {
        await bench.close();
      }
    },
    300_000 + KILLS * 120_000,
  );
});
