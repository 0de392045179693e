import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { systemClock, type JsonObject } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { describeConformance, type ConformanceTarget } from '../conformance/conformance.js';
import type { PushDestination, ResolvedSpec, SubmitRequest } from '../destination.js';
import type { ExternalRef, Observation } from '../observation.js';
import { LABELS } from './build-job.js';
import { createKubernetesDestination } from './kubernetes.js';
import { deleteJob, openKubernetesRig, type KubernetesRig } from './test/open-rig.js';

const signal = new AbortController().signal;

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await openKubernetesRig();
}, 180_000);
afterAll(() => rig.close());

interface Target extends ConformanceTarget {
  jobs(): Promise<string[]>;
}

async function openTarget(patience?: { image: number; config: number }): Promise<Target> {
  const deploymentId = randomUUID();
  const { kubeconfig, namespace } = rig;
  const reopen = async (): Promise<PushDestination> => {
    const made = createKubernetesDestination({
      name: 'cluster',
      kubeconfig,
      namespace,
      podTemplate: { spec: { containers: [{ name: 'main', image: 'none' }] } },
      patience,
      clock: systemClock,
    });
    await made.start({ logger: silentLogger(), deploymentId });
    return made;
  };
  const destination = await reopen();
  const jobs = async (): Promise<string[]> => {
    const selector = encodeURIComponent(`${LABELS.deployment}=${deploymentId}`);
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs?labelSelector=${selector}`;
    const { items } = await rig.admin<{ items: { metadata: { name: string } }[] }>('GET', path);
    return items.map(({ metadata }) => metadata.name);
  };
  return {
    deploymentId,
    destination,
    reopen,
    jobs,
    countJobs: async () => (await jobs()).length,
    removeJob: async ({ externalName }) => {
      await deleteJob(rig, externalName);
      while ((await jobs()).includes(externalName)) await setTimeout(20);
    },
    async close() {
      await destination.stop();
      await Promise.all((await jobs()).map((name) => deleteJob(rig, name)));
    },
  };
}

describe('in a cluster', () => describeConformance('kubernetes', openTarget));

describe('a Job', () => {
  let target: Target;
  let instance = 0;
  beforeEach(async () => {
    target = await openTarget({ image: 100, config: 100 });
  });
  afterEach(() => target.close());

  const request = (bash: string, push: JsonObject = {}, more: Partial<ResolvedSpec> = {}): SubmitRequest => {
    instance += 1;
    const { destination, deploymentId } = target;
    const identity = { deploymentId, taskInstanceId: String(instance), attempt: 1, task: `${'x'.repeat(500)}äß` };
    const spec: ResolvedSpec = { run: { bash }, env: {}, params: {}, inputs: {}, push, ...more };
    const scope = destination.scopeFor(spec);
    return { externalName: destination.nameFor(identity), identity, spec, scope, specHash: 'h' };
  };
  const submit = async (job: SubmitRequest): Promise<ExternalRef> => {
    const [outcome] = await target.destination.submit([job], signal);
    if (outcome?.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
    return { externalName: job.externalName, externalId: outcome.externalId, scope: outcome.scope };
  };
  const until = async (ref: ExternalRef, isSo: (seen: Observation) => boolean): Promise<Observation> => {
    const deadline = performance.now() + 60_000;
    for (;;) {
      const [seen] = await target.destination.describe([ref], signal);
      if (seen && isSo(seen)) return seen;
      if (performance.now() > deadline) throw new Error(`not so in time: ${JSON.stringify(seen)}`);
      await setTimeout(20);
    }
  };
  const ended = (ref: ExternalRef) => until(ref, (seen) => seen.terminal);

  it('whose memory was not enough says so, with its limit', async () => {
    const resources = { limits: { memory: '256Mi' } };
    const pod = { metadata: { annotations: { 'test/behaviour': 'oom' } } };
    const seen = await ended(await submit(request('sleep 60', { resources, pod })));
    expect(seen).toMatchObject({ state: 'failed', failureClass: 'oom', reasonCode: 'OOM', exitCode: 137 });
    expect(seen.reason).toBe('OOMKilled, exit 137 in container main; limit 256Mi');
  });

  it('whose image cannot be had ends for that reason, once there is no hope', async () => {
    const ref = await submit(
      request('true', { pod: { metadata: { annotations: { 'test/behaviour': 'imagepull' } } } }),
    );
    const seen = await ended(ref);
    expect(seen).toMatchObject({ state: 'failed', failureClass: 'image', reasonCode: 'IMAGE' });
    expect(seen.reason).toMatch(/ImagePull/);
  });

  it('that no node has room for waits, and says why', async () => {
    const ref = await submit(request('true', { resources: { requests: { cpu: '1000' } } }));
    const seen = await until(ref, ({ reason }) => reason !== undefined);
    expect(seen).toMatchObject({ state: 'queued', terminal: false, reason: expect.stringMatching(/Insufficient cpu/) });
    await target.destination.cancel([ref], 'taskflow: enough', signal);
    expect(await ended(ref)).toMatchObject({ state: 'cancelled', reason: 'taskflow: enough' });
  });

  it('that the server cannot read is refused by its field', async () => {
    const [outcome] = await target.destination.submit([request('true', { pod: { spec: { nodeNam: 'x' } } })], signal);
    expect(outcome).toMatchObject({ kind: 'rejected', scope: 'job', message: expect.stringMatching(/nodeNam/) });
  });

  it('in a namespace where we may not, or that is not there, is refused alone', async () => {
    const [outcome] = await target.destination.submit([request('true', { namespace: 'kube-system' })], signal);
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'FORBIDDEN', scope: 'job' });
  });

  it('is followed over a restart of the API server', async () => {
    const ref = await submit(request('sleep 3'));
    await until(ref, ({ state }) => state === 'running');
    rig.restartApiServer();
    const deadline = performance.now() + 90_000;
    let seen: Observation | undefined;
    while (seen?.terminal !== true && performance.now() < deadline) {
      [seen] = await target.destination.describe([ref], signal).catch(() => []);
      await setTimeout(20);
    }
    expect(seen).toMatchObject({ state: 'succeeded' });
    while (!(await target.destination.health()).ok) expect(performance.now()).toBeLessThan(deadline);
  }, 120_000);

  it('cannot be described wrongly by what is not in the language', () => {
    const spec: ResolvedSpec = {
      run: { bash: 'x', input_file: 'file:///x' },
      env: {},
      params: {},
      inputs: {},
      push: { imag: 'x', labels: { 'taskflow.dev/attempt': '7' }, pod: { spec: { restartPolicy: 'Always' } } },
    };
    expect(
      target.destination
        .validate(spec)
        .map((issue) => issue.field)
        .sort(),
    ).toEqual(['push.imag', 'push.labels.taskflow.dev/attempt', 'push.pod.spec.restartPolicy', 'run.input_file']);
  });
});
