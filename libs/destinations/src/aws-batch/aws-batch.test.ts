import { randomUUID } from 'node:crypto';
import { ListJobsCommand } from '@aws-sdk/client-batch';
import { systemClock, type JsonObject } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { describeConformance, type ConformanceTarget } from '../conformance/conformance.js';
import type { PushDestination, ResolvedSpec, SubmitRequest } from '../destination.js';
import { createAwsBatchDestination } from './aws-batch.js';
import { openBatchRig, type BatchRig } from './test/open-rig.js';

let rig: BatchRig;
beforeAll(async () => {
  rig = await openBatchRig();
}, 180_000);
afterAll(() => rig.close());

async function openTarget(): Promise<ConformanceTarget> {
  const deploymentId = randomUUID();
  const { region, endpoint, logsEndpoint, queue, jobDefinition } = rig;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const reopen = async (): Promise<PushDestination> => {
    const made = createAwsBatchDestination({
      name: 'batch',
      region,
      endpoint,
      logsEndpoint,
      credentials,
      queue,
      jobDefinition,
      rates: { submit: 1000, read: 1000, stop: 1000, log: 1000 },
      clock: systemClock,
    });
    await made.start({ logger: silentLogger(), deploymentId });
    return made;
  };
  const destination = await reopen();
  await rig.clearFaults();
  return {
    deploymentId,
    destination,
    reopen,
    countJobs: async () =>
      (await rig.containers()).filter(({ name }) => name.startsWith(`tf-${deploymentId.slice(0, 8)}-`)).length,
    async close() {
      const left: string[] = [];
      for await (const job of destination.sweep?.(new AbortController().signal) ?? []) {
        if (!job.terminal) left.push(job.ref.externalId);
      }
      const refs = left.map((externalId) => ({ externalName: '', externalId, scope: {} }));
      await destination.cancel(refs, 'taskflow: end of the test', new AbortController().signal);
      await destination.stop();
    },
  };
}

describe('against a server of AWS Batch', () => describeConformance('aws_batch', openTarget));

describe('AWS Batch that does not answer as it should', () => {
  const signal = new AbortController().signal;
  let target: ConformanceTarget;
  let instance = 1000;
  beforeEach(async () => {
    target = await openTarget();
  });
  afterEach(async () => {
    await rig.clearFaults();
    await target.close();
  });

  const job = (push: JsonObject = {}): SubmitRequest => {
    instance += 1;
    const { destination, deploymentId } = target;
    const identity = { deploymentId, taskInstanceId: String(instance), attempt: 1, task: 'x'.repeat(500) + 'äß' };
    const spec: ResolvedSpec = { run: { bash: 'exit 0' }, env: {}, params: {}, inputs: {}, push };
    const scope = destination.scopeFor(spec);
    return { externalName: destination.nameFor(identity), identity, spec, scope, specHash: 'h' };
  };
  const made = async ({ externalName }: SubmitRequest) => {
    const { jobSummaryList = [] } = await rig.client.send(
      new ListJobsCommand({ jobQueue: rig.queue, filters: [{ name: 'JOB_NAME', values: [externalName] }] }),
    );
    return jobSummaryList.length;
  };

  it.each([
    ['drop_before', 'ambiguous', 0],
    ['drop_after', 'ambiguous', 1],
    ['500_before', 'ambiguous', 0],
    ['500_after', 'ambiguous', 1],
    ['garbage_after', 'ambiguous', 1],
    ['throttle', 'throttled', 0],
    ['deny', 'rejected', 0],
  ] as const)('%s is %s, and %i jobs are there', async (kind, outcome, jobs) => {
    await rig.fault({ op: 'submitjob', kind, times: 999 });
    const request = job();
    const [said] = await target.destination.submit([request], signal);
    expect(said?.kind).toBe(outcome);
    if (said?.kind === 'rejected') expect(said.scope).toBe('destination');
    expect(await rig.calls('submitjob')).toBe(1);
    expect(await made(request)).toBe(jobs);
    const [probed] = await target.destination.probe([request], signal);
    expect(probed?.kind).toBe(jobs === 0 ? 'absent' : 'found');
  });

  it('an answer that does not come in time is doubtful', async () => {
    await rig.fault({ op: 'submitjob', kind: 'hang' });
    const [said] = await target.destination.submit([job()], AbortSignal.timeout(500));
    expect(said?.kind).toBe('ambiguous');
  });

  it('a server that is not there has made nothing', async () => {
    const { region, queue, jobDefinition } = rig;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const endpoint = 'http://127.0.0.1:9';
    const away = createAwsBatchDestination({
      name: 'away',
      region,
      endpoint,
      credentials,
      queue,
      jobDefinition,
      clock: systemClock,
    });
    expect((await away.submit([job()], signal))[0]?.kind).toBe('unavailable');
    expect((await away.health()).ok).toBe(false);
    await away.stop();
  });

  it('a queue or definition that is not there is said to be so', async () => {
    const { destination } = target;
    const [queue, definition] = await destination.submit([job({ queue: 'no' }), job({ job_definition: 'no' })], signal);
    expect(queue).toMatchObject({ kind: 'rejected', scope: 'job', message: expect.stringContaining('no') });
    expect(definition).toMatchObject({ kind: 'rejected', scope: 'job', message: expect.stringContaining('no') });
  });

  it('what cannot be submitted is found before', () => {
    const spec = {
      run: { bash: 'x'.repeat(40_000) },
      env: { AWS_BATCH_X: '' },
      params: {},
      inputs: {},
      push: { queu: 'a', vcpus: 'many', raw: { jobName: 'x' }, tags: { 'taskflow:attempt': '9' }, command: [''] },
    };
    const fields = target.destination.validate(spec).map((issue) => issue.field);
    expect(fields.sort()).toEqual([
      'push.command',
      'push.queu',
      'push.raw.jobName',
      'push.tags.taskflow:attempt',
      'push.vcpus',
      'run',
      'run.env.AWS_BATCH_X',
    ]);
  });
});
