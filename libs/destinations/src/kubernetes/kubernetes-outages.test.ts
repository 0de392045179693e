import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import type { FaultProxy } from '../conformance/fault-proxy.js';
import type { PushDestination, ResolvedSpec, SubmitRequest } from '../destination.js';
import type { ExternalRef, Observation } from '../observation.js';
import { createKubernetesDestination } from './kubernetes.js';
import { openKubernetesRig, writeKubeconfig, type KubernetesRig } from './test/open-rig.js';

const signal = new AbortController().signal;
const PATIENCE_MS = 60_000;

let rig: KubernetesRig;
let proxy: FaultProxy;
let kubeconfig: string;
let destination: PushDestination;
let deploymentId: string;
let instance = 0;

beforeAll(async () => {
  rig = await openKubernetesRig();
  ({ proxy, kubeconfig } = await rig.throughProxy());
}, 180_000);
afterAll(async () => {
  await proxy.close();
  await rig.close();
});
beforeEach(async () => {
  deploymentId = randomUUID();
  destination = createKubernetesDestination({
    name: 'cluster',
    kubeconfig,
    namespace: rig.namespace,
    podTemplate: { spec: { containers: [{ name: 'main', image: 'none' }] } },
    silenceMs: 3000,
    clock: systemClock,
  });
  await destination.start({ logger: silentLogger(), deploymentId });
});
afterEach(async () => {
  proxy.faults.length = 0;
  await destination.stop();
});

const request = (bash: string): SubmitRequest => {
  instance += 1;
  const identity = { deploymentId, taskInstanceId: String(instance), attempt: 1, task: 't' };
  const spec: ResolvedSpec = { run: { bash }, env: {}, params: {}, inputs: {}, push: {} };
  const scope = destination.scopeFor(spec);
  return { externalName: destination.nameFor(identity), identity, spec, scope, specHash: 'h' };
};
const submit = async (job: SubmitRequest): Promise<ExternalRef> => {
  const [outcome] = await destination.submit([job], signal);
  if (outcome?.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return { externalName: job.externalName, externalId: outcome.externalId, scope: outcome.scope };
};
/** What cannot be read meanwhile is read again. */
const until = async (ref: ExternalRef, isSo: (seen: Observation) => boolean): Promise<Observation> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const [seen] = await destination.describe([ref], signal).catch(() => []);
    if (seen && isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`not so in time: ${JSON.stringify(seen)}`);
    await setTimeout(20);
  }
};
const succeeded = (ref: ExternalRef) => until(ref, ({ state }) => state === 'succeeded');

test('a watch that hangs without an end is noticed, and what it missed is seen', async () => {
  const ref = await submit(request('sleep 2'));
  await until(ref, ({ state }) => state === 'running');
  const before = proxy.counts.get('watch jobs') ?? 0;
  proxy.freeze();
  await succeeded(ref);
  expect(proxy.counts.get('watch jobs')).toBeGreaterThan(before);
});

test('a throttling server is left alone for as long as it asks, and nothing is made meanwhile', async () => {
  const [first] = await destination.submit([request('true')], signal);
  expect(first?.kind).toBe('accepted');
  proxy.faults.push({ method: 'POST', kind: 'answer', status: 429, retryAfter: 2, times: 1 });
  const asked = performance.now();
  const job = request('true');
  const [throttled] = await destination.submit([job], signal);
  expect(throttled).toMatchObject({ kind: 'throttled', retryAfterMs: 2000 });
  const ref = await submit(job);
  expect(performance.now() - asked).toBeGreaterThanOrEqual(1900);
  await succeeded(ref);
});

test('pages of HTML instead of answers are doubtful; what they hid is found by its name', async () => {
  const [lost, never] = [request('true'), request('true')];
  proxy.faults.push({ method: 'POST', kind: 'html_500_after', times: 1 });
  expect((await destination.submit([lost], signal))[0]?.kind).toBe('ambiguous');
  proxy.faults.push({ method: 'POST', kind: 'html_500_before', times: 1 });
  expect((await destination.submit([never], signal))[0]?.kind).toBe('ambiguous');
  const probed = await destination.probe([lost, never], signal);
  expect(probed.map(({ kind }) => kind)).toEqual(['found', 'absent']);
});

test('a response that is lost leaves one Job', async () => {
  const job = request('true');
  proxy.faults.push({ method: 'POST', kind: 'drop_after', times: 1 });
  expect((await destination.submit([job], signal))[0]?.kind).toBe('ambiguous');
  expect((await destination.submit([job], signal))[0]).toMatchObject({ kind: 'exists', ours: true, sameSpec: true });
});

test('a token that is not valid any more is said to be so, and another one in the file is taken up', async () => {
  writeKubeconfig(kubeconfig, proxy.url, 'old-token');
  const late = createKubernetesDestination({ name: 'late', kubeconfig, namespace: rig.namespace, clock: systemClock });
  await late.start({ logger: silentLogger(), deploymentId });
  expect((await late.health()).message).toMatch(/Unauthorized/);
  writeKubeconfig(kubeconfig, proxy.url, 'taskflow-token');
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await late.health()).ok) {
    expect(performance.now()).toBeLessThan(deadline);
    await setTimeout(50);
  }
  await late.stop();
});

test('a server that is away is told of, and what ended meanwhile is seen once it is back', async () => {
  const ref = await submit(request('sleep 1'));
  await until(ref, ({ state }) => state === 'running');
  await proxy.leave();
  expect((await destination.submit([request('true')], signal))[0]?.kind).toBe('unavailable');
  expect((await destination.health()).ok).toBe(false);
  const deadline = performance.now() + PATIENCE_MS;
  for (let said = ''; !said.includes('the watch is broken');) {
    expect(performance.now()).toBeLessThan(deadline);
    said = await destination.describe([ref], signal).then(() => '', String);
    await setTimeout(20);
  }
  await proxy.comeBack();
  while (!(await destination.health()).ok) {
    expect(performance.now()).toBeLessThan(deadline);
    await setTimeout(50);
  }
  await succeeded(ref);
});

test('a quota that is used up leaves no room, which is nobody’s fault and gets better', async () => {
  const quotas = `/api/v1/namespaces/${rig.namespace}/resourcequotas`;
  await rig.admin('POST', quotas, { metadata: { name: 'none' }, spec: { hard: { 'count/jobs.batch': '0' } } });
  const deadline = performance.now() + PATIENCE_MS;
  const submitted = async (kind: string): Promise<void> => {
    for (;;) {
      const [outcome] = await destination.submit([request('true')], signal);
      if (outcome?.kind === kind) return;
      expect(performance.now()).toBeLessThan(deadline);
    }
  };
  await submitted('full');
  await rig.admin('DELETE', `${quotas}/none`);
  await submitted('accepted');
});

test('rights that were taken away are the destination’s matter, and used again once they are back', async () => {
  const bindings = `/apis/rbac.authorization.k8s.io/v1/namespaces/${rig.namespace}/rolebindings`;
  const { roleRef, subjects } = await rig.admin<{ roleRef: unknown; subjects: unknown }>(
    'GET',
    `${bindings}/taskflow-pusher`,
  );
  await rig.admin('DELETE', `${bindings}/taskflow-pusher`);
  const deadline = performance.now() + PATIENCE_MS;
  const submitted = async (kind: string) => {
    for (;;) {
      const [outcome] = await destination.submit([request('true')], signal);
      if (outcome?.kind === kind) return outcome;
      expect(performance.now()).toBeLessThan(deadline);
    }
  };
  expect(await submitted('rejected')).toMatchObject({ code: 'FORBIDDEN', scope: 'destination' });
  await rig.admin('POST', bindings, { metadata: { name: 'taskflow-pusher' }, roleRef, subjects });
  await submitted('accepted');
});
