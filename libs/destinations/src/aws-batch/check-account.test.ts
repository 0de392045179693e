import { paginateListJobs } from '@aws-sdk/client-batch';
import type { CheckItem } from '../check-item.js';
import { checkAccount } from './check-account.js';
import { openBatchRig, type BatchRig } from './test/open-rig.js';

describe('a check of an account', () => {
  let rig: BatchRig;
  beforeAll(async () => {
    rig = await openBatchRig();
  }, 180_000);
  afterEach(() => rig.clearFaults());
  afterAll(() => rig.close());
  const check = (more: Partial<Parameters<typeof checkAccount>[0]> = {}): Promise<CheckItem[]> => {
    const { region, endpoint, logsEndpoint, queue, jobDefinition } = rig;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    return checkAccount({ region, endpoint, logsEndpoint, queue, jobDefinition, credentials, ...more });
  };
  const failed = (items: readonly CheckItem[]): string[] =>
    items.flatMap(({ what, state }) => (state === 'failed' ? [what] : []));

  it('proves queue, definition and each action, and makes no job', async () => {
    const items = await check();
    expect(items.map(({ what, state }) => `${what}: ${state}`)).toEqual([
      'credentials: ok',
      'queue (batch:DescribeJobQueues): ok',
      'job definition (batch:DescribeJobDefinitions): ok',
      'batch:DescribeJobs: ok',
      'batch:TerminateJob: ok',
      'logs:GetLogEvents: ok',
      'batch:ListJobs: ok',
      'batch:SubmitJob, batch:TagResource: ok',
    ]);
    const jobs: string[] = [];
    const filters = [{ name: 'JOB_NAME', values: ['*'] }];
    for await (const page of paginateListJobs({ client: rig.client }, { jobQueue: rig.queue, filters })) {
      jobs.push(...(page.jobSummaryList ?? []).map(({ jobName = '' }) => jobName));
    }
    expect(jobs).toEqual([]);
  });

  it.each([
    ['submitjob', 'batch:SubmitJob, batch:TagResource'],
    ['terminatejob', 'batch:TerminateJob'],
    ['describejobs', 'batch:DescribeJobs'],
    ['listjobs', 'batch:ListJobs'],
    ['describejobqueues', 'queue (batch:DescribeJobQueues)'],
    ['describejobdefinitions', 'job definition (batch:DescribeJobDefinitions)'],
  ])('names the action that is denied: %s', async (op, what) => {
    await rig.fault({ op, kind: 'deny', times: 5 });
    const items = await check();
    expect(failed(items)).toEqual([what]);
    expect(items.find(({ state }) => state === 'failed')?.told).toContain('docs/aws-batch-policy.json');
  });

  it('tells of a queue and a definition that are not there, and what it cannot prove without them', async () => {
    expect(failed(await check({ queue: 'none', jobDefinition: 'none' }))).toEqual([
      'queue (batch:DescribeJobQueues)',
      'job definition (batch:DescribeJobDefinitions)',
    ]);
    const items = await check({ queue: undefined, jobDefinition: undefined });
    expect(items.filter(({ state }) => state === 'unproven').map(({ what }) => what)).toEqual([
      'batch:ListJobs',
      'batch:SubmitJob, batch:TagResource',
    ]);
  });
});
