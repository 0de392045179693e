import { randomUUID } from 'node:crypto';
import {
  BatchClient,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  ListJobsCommand,
  SubmitJobCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { checkItem, type CheckItem } from '../check-item.js';

export interface AccountCheck {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly logsEndpoint?: string | undefined;
  readonly profile?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly queue?: string | undefined;
  readonly jobDefinition?: string | undefined;
}

const LONGEST_MS = 20_000;
const LOG_GROUP = '/aws/batch/job';
/** A revision that no definition has: what is submitted with it is refused for that, or for want of the right to. */
const NO_REVISION = 2_000_000_000;
const POLICY = 'give the pusher the policy of docs/aws-batch-policy.json';
const DENIED =
  /AccessDenied|UnauthorizedOperation|not authorized to perform|UnrecognizedClient|ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch/;

/** What an AWS Batch destination needs of its account. Each action is tried where it can do nothing: no job is made or ended. */
export async function checkAccount(options: AccountCheck): Promise<CheckItem[]> {
  const { region, profile, credentials, endpoint, logsEndpoint, queue, jobDefinition } = options;
  const requestHandler = { connectionTimeout: 5000, requestTimeout: LONGEST_MS, throwOnRequestTimeout: true };
  const base = { region, maxAttempts: 2, requestHandler, ...given({ profile, credentials }) };
  const batch = new BatchClient({ ...base, ...given({ endpoint }) });
  const logs = new CloudWatchLogsClient({ ...base, ...given({ endpoint: logsEndpoint }) });
  try {
    const items = [
      await checkItem('credentials', 'set AWS_PROFILE, a role of the pod or machine, or `profile`', async () => {
        return `${(await batch.config.credentials()).accessKeyId.slice(0, 4)}…`;
      }),
    ];
    if (items[0]?.state !== 'ok') return items;
    items.push(await checkQueue(batch, queue), await checkDefinition(batch, jobDefinition));
    const right = (action: string, look: () => Promise<unknown>): Promise<CheckItem> =>
      checkItem(action, POLICY, () => mayOrThrow(look));
    items.push(
      await right('batch:DescribeJobs', () => batch.send(new DescribeJobsCommand({ jobs: [randomUUID()] }))),
      await right('batch:TerminateJob', () =>
        batch.send(new TerminateJobCommand({ jobId: randomUUID(), reason: 'taskflow: check' })),
      ),
      await right('logs:GetLogEvents', () =>
        logs.send(new GetLogEventsCommand({ logGroupName: LOG_GROUP, logStreamName: 'taskflow-check' })),
      ),
    );
    const unproven = (what: string, missing: string): CheckItem => {
      return {
        what,
        state: 'unproven',
        told: `the destination names no ${missing}, so there is nothing to try it with`,
      };
    };
    items.push(
      queue === undefined
        ? unproven('batch:ListJobs', 'queue')
        : await right('batch:ListJobs', () =>
            batch.send(new ListJobsCommand({ jobQueue: queue, filters: [{ name: 'JOB_NAME', values: ['tf-check'] }] })),
          ),
      queue === undefined || jobDefinition === undefined
        ? unproven('batch:SubmitJob, batch:TagResource', 'queue or job_definition')
        : await right('batch:SubmitJob, batch:TagResource', () =>
            batch.send(
              new SubmitJobCommand({
                jobName: 'tf-check',
                jobQueue: queue,
                jobDefinition: `${jobDefinition.replace(/:\d+$/, '')}:${String(NO_REVISION)}`,
                tags: { 'taskflow:task': 'check' },
              }),
            ),
          ),
    );
    return items;
  } finally {
    batch.destroy();
    logs.destroy();
  }
}

function checkQueue(batch: BatchClient, queue: string | undefined): Promise<CheckItem> {
  return checkItem('queue (batch:DescribeJobQueues)', `${POLICY}, and have the queue ENABLED and VALID`, async () => {
    const { jobQueues = [] } = await batch.send(
      new DescribeJobQueuesCommand(queue === undefined ? { maxResults: 1 } : { jobQueues: [queue] }),
    );
    if (queue === undefined) return 'allowed; the destination names none, so every Task must';
    const [found] = jobQueues;
    if (found === undefined) throw new Error(`there is no job queue ${queue} in this region`);
    const { state = '', status = '' } = found;
    if (state === 'ENABLED' && status === 'VALID') return `${queue} is ENABLED and VALID`;
    throw new Error(`the job queue ${queue} is ${state} and ${status}`);
  });
}

function checkDefinition(batch: BatchClient, definition: string | undefined): Promise<CheckItem> {
  const what = 'job definition (batch:DescribeJobDefinitions)';
  return checkItem(what, `${POLICY}, and register the definition`, async () => {
    const [name = '', revision] = definition?.startsWith('arn:') ? [] : (definition ?? '').split(':');
    const { jobDefinitions = [] } = await batch.send(
      new DescribeJobDefinitionsCommand(
        definition === undefined
          ? { maxResults: 1 }
          : name === ''
            ? { jobDefinitions: [definition] }
            : { jobDefinitionName: name, status: 'ACTIVE' },
      ),
    );
    if (definition === undefined) return 'allowed; the destination names none, so every Task must';
    const fits = jobDefinitions.filter(({ revision: is }) => revision === undefined || String(is) === revision);
    if (fits.length > 0) return `${definition} is there`;
    throw new Error(`there is no active job definition ${definition} in this region`);
  });
}

/** Whoever may do it is told that it does not make sense; only a refusal is a failure. */
async function mayOrThrow(look: () => Promise<unknown>): Promise<string> {
  try {
    await look();
  } catch (error) {
    const { name = '', message = '', $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode ?? 0;
    if (status < 400 || status >= 500 || status === 429 || DENIED.test(`${name} ${message}`)) throw error;
  }
  return 'allowed';
}

function given<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
