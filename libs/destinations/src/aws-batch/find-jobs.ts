import { DescribeJobsCommand, ListJobsCommand, type BatchClient, type JobDetail } from '@aws-sdk/client-batch';

/** Of a list only these are worth anything: the others are missing at times. */
export interface ListedJob {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly createdAt: number;
  readonly exitCode: number | undefined;
}

const MOST_DESCRIBED = 100;

/** The details of the jobs that Batch knows, in any order. */
export async function describeJobs(
  client: BatchClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<JobDetail[]> {
  const details: JobDetail[] = [];
  for (let from = 0; from < ids.length; from += MOST_DESCRIBED) {
    const command = new DescribeJobsCommand({ jobs: ids.slice(from, from + MOST_DESCRIBED) });
    const { jobs = [] } = await client.send(command, { abortSignal: signal });
    details.push(...jobs);
  }
  return details;
}

/** Jobs of a queue, of any status, whose name is this or, with a `*` at the end, begins so. */
export async function* listJobs(
  client: BatchClient,
  queue: string,
  name: string,
  signal: AbortSignal,
): AsyncIterable<ListedJob> {
  let nextToken: string | undefined;
  do {
    const command = new ListJobsCommand({
      jobQueue: queue,
      filters: [{ name: 'JOB_NAME', values: [name] }],
      maxResults: MOST_DESCRIBED,
      nextToken,
    });
    const page = await client.send(command, { abortSignal: signal });
    for (const job of page.jobSummaryList ?? []) {
      const { jobId: id = '', jobName = '', status = '', createdAt = 0, container } = job;
      // The filter ignores case.
      if (name.endsWith('*') ? !jobName.startsWith(name.slice(0, -1)) : jobName !== name) continue;
      yield { id, name: jobName, status, createdAt, exitCode: container?.exitCode };
    }
    nextToken = page.nextToken;
  } while (nextToken);
}

export function isOver(status: string | undefined): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}
