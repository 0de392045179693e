import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import type { PushDestination, ResolvedSpec, SubmitRequest, TrackedJob } from '../destination.js';
import { createAwsBatchDestination, type AwsBatchOptions } from './aws-batch.js';
import { openBatchRig, type BatchRig } from './test/open-rig.js';

const signal = new AbortController().signal;
const RATES = { submit: 1000, read: 1000, stop: 1000, log: 1000 };

let rig: BatchRig;
let destination: PushDestination;
let deploymentId: string;
let instance = 0;
beforeAll(async () => {
  rig = await openBatchRig();
}, 180_000);
afterAll(() => rig.close());
beforeEach(() => {
  deploymentId = randomUUID();
});
afterEach(async () => {
  await destination.stop();
  await rig.clearFaults();
});

async function open(more: Partial<AwsBatchOptions> = {}): Promise<void> {
  const { region, endpoint, logsEndpoint, queue, jobDefinition } = rig;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const usual = { region, endpoint, logsEndpoint, queue, jobDefinition, credentials, rates: RATES };
  destination = createAwsBatchDestination({ name: 'batch', ...usual, clock: systemClock, ...more });
  await destination.start({ logger: silentLogger(), deploymentId });
}
const request = (bash = 'exit 0'): SubmitRequest => {
  instance += 1;
  const identity = { deploymentId, taskInstanceId: String(instance), attempt: 1, task: 't' };
  const spec: ResolvedSpec = { run: { bash }, env: {}, params: {}, inputs: {}, push: {} };
  const scope = destination.scopeFor(spec);
  return { externalName: destination.nameFor(identity), identity, spec, scope, specHash: 'h' };
};

test('hundreds of jobs are followed by lists: only those with another status are described', async () => {
  await open();
  const jobs = Array.from({ length: 520 }, () => request('sleep 600'));
  const refs: TrackedJob['ref'][] = [];
  while (refs.length < jobs.length) {
    const batch = jobs.slice(refs.length, refs.length + 10);
    const outcomes = await destination.submit(batch, signal);
    outcomes.forEach((outcome, index) => {
      if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
      const externalName = batch[index]?.externalName ?? '';
      refs.push({ externalName, externalId: outcome.externalId, scope: outcome.scope });
    });
  }
  const statuses = new Map<string, string>();
  const pass = async (): Promise<number> => {
    const tracked = refs.map((ref) => ({ ref, remoteStatus: statuses.get(ref.externalId) }));
    const changed = await (destination.changed?.(tracked, signal) ?? []);
    for (const seen of await destination.describe(changed, signal)) {
      statuses.set(seen.ref.externalId, seen.remoteStatus);
    }
    return changed.length;
  };
  expect(await pass()).toBe(520);
  const deadline = performance.now() + 60_000;
  while ([...statuses.values()].some((status) => status !== 'RUNNING')) {
    expect(performance.now()).toBeLessThan(deadline);
    await pass();
  }
  await rig.clearFaults();
  expect(await pass()).toBe(0);
  expect([await rig.calls('listjobs'), await rig.calls('describejobs')]).toEqual([5, 0]);
  const [first] = refs;
  if (!first) throw new Error('nothing was submitted');
  await destination.cancel([first], 'taskflow: enough', signal);
  while ((await pass()) === 0) expect(performance.now()).toBeLessThan(deadline);
  await destination.cancel(refs, 'taskflow: enough', signal);
}, 120_000);

test('a sweep tells jobs that bear our name and somebody else’s mark from ours', async () => {
  await open();
  const job = request('sleep 600');
  const other = { ...job, identity: { ...job.identity, deploymentId: randomUUID() } };
  await destination.submit([job, other], signal);
  const owners: (string | undefined)[] = [];
  const refs: TrackedJob['ref'][] = [];
  for await (const seen of destination.sweep?.(signal) ?? []) {
    owners.push(seen.deploymentId);
    refs.push(seen.ref);
  }
  expect(owners.sort()).toEqual([deploymentId, other.identity.deploymentId].sort());
  await destination.cancel(refs, 'taskflow: enough', signal);
});

test('a storm of throttling makes nothing, slows the calls down, and passes', async () => {
  await open({ rates: { ...RATES, submit: 20 } });
  await rig.fault({ op: 'submitjob', kind: 'throttle', times: 10 });
  const jobs = Array.from({ length: 10 }, () => request());
  const first = await destination.submit(jobs, signal);
  expect(new Set(first.map(({ kind }) => kind))).toEqual(new Set(['throttled']));
  const asked = performance.now();
  const second = await destination.submit(jobs, signal);
  expect(new Set(second.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
  expect(performance.now() - asked).toBeGreaterThan(800);
});

test('credentials that have expired are said to be so, and renewed ones in the file are taken up', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taskflow-aws-'));
  const file = join(folder, 'credentials');
  const { AWS_SHARED_CREDENTIALS_FILE: before } = process.env;
  process.env.AWS_SHARED_CREDENTIALS_FILE = file;
  await open({ credentials: undefined, profile: 'rotated' });
  expect((await destination.submit([request()], signal))[0]).toMatchObject({
    kind: 'rejected',
    code: 'NO_CREDENTIALS',
  });
  await writeFile(file, '[rotated]\naws_access_key_id = a\naws_secret_access_key = b\n');
  const deadline = performance.now() + 30_000;
  while ((await destination.submit([request()], signal))[0]?.kind !== 'accepted') {
    expect(performance.now()).toBeLessThan(deadline);
    await setTimeout(100);
  }
  await rig.fault({ op: 'submitjob', kind: 'expired', times: 2 });
  const expired = { kind: 'rejected', code: 'BAD_CREDENTIALS', scope: 'destination' };
  expect((await destination.submit([request()], signal))[0]).toMatchObject(expired);
  process.env.AWS_SHARED_CREDENTIALS_FILE = before;
  await rm(folder, { recursive: true });
});

test('pages of HTML instead of answers: a submit is doubtful, a look is repeated', async () => {
  await open();
  await rig.fault({ op: 'submitjob', kind: 'html_500' });
  const job = request();
  expect((await destination.submit([job], signal))[0]?.kind).toBe('ambiguous');
  await rig.fault({ op: 'listjobs', kind: 'html_500', times: 2 });
  expect((await destination.probe([job], signal))[0]).toEqual({ kind: 'absent', certainty: 'as-of-now' });
});

test('a server that is away has made nothing, and is used again once it is back', async () => {
  const proxy = await rig.throughProxy();
  await open({ endpoint: proxy.url });
  expect((await destination.submit([request()], signal))[0]?.kind).toBe('accepted');
  await proxy.leave();
  // A connection that was open may have taken the first one with it.
  expect((await destination.submit([request()], signal))[0]?.kind).toMatch(/ambiguous|unavailable/);
  expect((await destination.submit([request()], signal))[0]?.kind).toBe('unavailable');
  expect((await destination.health()).ok).toBe(false);
  await proxy.comeBack();
  expect(await destination.health()).toEqual({ ok: true });
  expect((await destination.submit([request()], signal))[0]?.kind).toBe('accepted');
  await proxy.close();
});
