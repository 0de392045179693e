import {
  DescribeJobsCommand,
  ListJobsCommand,
  type JobDetail,
  type JobStatus,
  type ListJobsCommandInput,
  type ListJobsCommandOutput,
} from '@aws-sdk/client-batch';
import type { BatchCalls } from './batch-clients.js';

/** Of a list only these are worth anything: the others are missing at times. */
export interface ListedJob {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly createdAt: number;
  readonly exitCode: number | undefined;
}

const MOST_DESCRIBED = 100;
const MOST_NAMED = 100;
const MOST_LISTED = 1000;
/** In the order in which a job goes through them. */
const LIVE: readonly JobStatus[] = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'];

/** The details of the jobs that Batch knows, in any order. */
export async function describeJobs(
  calls: BatchCalls,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<JobDetail[]> {
  const details: JobDetail[] = [];
  for (let from = 0; from < ids.length; from += MOST_DESCRIBED) {
    const command = new DescribeJobsCommand({ jobs: ids.slice(from, from + MOST_DESCRIBED) });
    const { jobs = [] } = await calls.run(
      'read',
      ({ batch }, abortSignal) => batch.send(command, { abortSignal }),
      signal,
    );
    details.push(...jobs);
  }
  return details;
}

/** Jobs of a queue, of any status, of this name. */
export async function* listNamed(
  calls: BatchCalls,
  queue: string,
  name: string,
  signal: AbortSignal,
): AsyncIterable<ListedJob> {
  const filters = [{ name: 'JOB_NAME', values: [name] }];
  for await (const page of pages(calls, { jobQueue: queue, filters, maxResults: MOST_NAMED }, signal)) {
    // The filter ignores case.
    for (const job of readPage(page)) if (job.name === name) yield job;
  }
}

/**
 * Pages of the jobs of a queue that have not ended, whoever made them, one status after the other. A job that goes on meanwhile
 * may stand on two pages, or on none.
 */
export async function* listLive(calls: BatchCalls, queue: string, signal: AbortSignal): AsyncIterable<ListedJob[]> {
  for (const jobStatus of LIVE) {
    for await (const page of pages(calls, { jobQueue: queue, jobStatus, maxResults: MOST_LISTED }, signal)) {
      yield readPage(page);
    }
  }
}

async function* pages(
  calls: BatchCalls,
  request: ListJobsCommandInput,
  signal: AbortSignal,
): AsyncIterable<ListJobsCommandOutput> {
  let nextToken: string | undefined;
  do {
    const command = new ListJobsCommand({ ...request, nextToken });
    const page = await calls.run('read', ({ batch }, abortSignal) => batch.send(command, { abortSignal }), signal);
    yield page;
    nextToken = page.nextToken;
  } while (nextToken);
}

function readPage({ jobSummaryList = [] }: ListJobsCommandOutput): ListedJob[] {
  return jobSummaryList.map(({ jobId: id = '', jobName: name = '', status = '', createdAt = 0, container }) => {
    return { id, name, status, createdAt, exitCode: container?.exitCode };
  });
}

export function isOver(status: string | undefined): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}
