import { DescribeJobQueuesCommand, SubmitJobCommand } from '@aws-sdk/client-batch';
import type { JsonObject } from '@taskflow/domain';
import type {
  DestinationContext,
  DestinationHealth,
  ExternalSummary,
  ProbeRequest,
  PushDestination,
  PushIdentity,
  ResolvedSpec,
  SubmitRequest,
} from '../destination.js';
import { jobName } from '../job-name.js';
import type { ExternalRef, Observation } from '../observation.js';
import type { ProbeOutcome, SubmitOutcome } from '../outcome.js';
import { openCalls, type BatchAccess } from './batch-clients.js';
import { readBatchSpec } from './batch-spec.js';
import { buildSubmit, type BatchScope } from './build-submit.js';
import { cancelJobs } from './cancel-jobs.js';
import { classifyError, messageOf, retryAfterOf } from './classify-error.js';
import { createDefinitionShapes } from './definition-shape.js';
import { describeJobs, isOver, listLive, listNamed, type ListedJob } from './find-jobs.js';
import { createJobFollower } from './follow-jobs.js';
import { observeJob, type LogRef } from './observe-job.js';
import { readLog } from './read-log.js';
import { validateSpec } from './validate-spec.js';

export { checkAccount } from './check-account.js';

export interface AwsBatchOptions extends BatchAccess {
  readonly name: string;
  /** Where a Task's `push` names none. */
  readonly queue?: string | undefined;
  readonly jobDefinition?: string | undefined;
}

const MAX_NAME_LENGTH = 128;
const MOST_SUBMITTED = 10;
const THROTTLED_MS = 1000;
const HEALTH_MS = 20_000;
const TAG_OF_DEPLOYMENT = 'taskflow:deployment';

/**
 * Runs jobs in AWS Batch. Its names are not unique and its SubmitJob takes no token, so a submit is sent once, and whatever
 * may have made a job is looked for by name before anything is sent again.
 */
export function createAwsBatchDestination(options: AwsBatchOptions): PushDestination {
  const { name, region } = options;
  const calls = openCalls(options);
  const shapeOf = createDefinitionShapes(calls);
  const follower = createJobFollower(calls, options.clock, (ref) => readScope(ref.scope).queue);
  const queues = new Set(options.queue === undefined ? [] : [options.queue]);
  let deploymentId = '';

  const scopeFor = ({ push }: ResolvedSpec): JsonObject => {
    const { queue = options.queue ?? '', jobDefinition = options.jobDefinition ?? '' } = readBatchSpec(push);
    return { region, queue, jobDefinition };
  };

  const submitOne = async (job: SubmitRequest, signal: AbortSignal): Promise<SubmitOutcome> => {
    const scope = readScope(job.scope);
    let sent = false;
    try {
      const shape = await shapeOf(scope.jobDefinition, signal);
      if (shape === undefined) {
        const message = `there is no active job definition ${scope.jobDefinition} in ${region}`;
        return { kind: 'rejected', code: 'NO_JOB_DEFINITION', message, scope: 'job' };
      }
      sent = true;
      queues.add(scope.queue);
      const command = new SubmitJobCommand(buildSubmit(job, scope, shape, name));
      const { jobId } = await calls.run(
        'submit',
        ({ batch }, abortSignal) => batch.send(command, { abortSignal }),
        signal,
      );
      if (jobId === undefined) return { kind: 'ambiguous', message: 'AWS Batch answered without a job id' };
      return { kind: 'accepted', externalId: jobId, scope };
    } catch (error) {
      const { kind, message, code, scope: whose } = classifyError(error);
      if (kind === 'rejected') {
        // A queue that only this Task names is this Task's fault, and no reason to hold up the others.
        const own = whose === 'destination' && code === 'REJECTED' && scope.queue !== options.queue;
        if (own) queues.delete(scope.queue);
        return { kind, code, message, scope: own ? 'job' : whose };
      }
      // When it goes again is a matter of pace, not of how often it was tried.
      if (kind === 'throttled') return { kind, message, retryAfterMs: retryAfterOf(error) ?? THROTTLED_MS };
      return { kind: kind === 'ambiguous' && !sent ? 'unavailable' : kind, message };
    }
  };

  const observe = async (refs: readonly ExternalRef[], signal: AbortSignal): Promise<Observation[]> => {
    const byId = new Map(refs.map((ref) => [ref.externalId, ref]));
    const jobs = await describeJobs(calls, [...byId.keys()], signal);
    const seen = await Promise.all(
      jobs.flatMap((job) => {
        const ref = byId.get(job.jobId ?? '');
        if (ref === undefined) return [];
        const observed = observeJob(job, ref);
        return [observed.reasonCode === 'NO_EXIT_CODE' ? withListedCode(job, ref, signal) : Promise.resolve(observed)];
      }),
    );
    follower.described(seen);
    return seen;
  };

  /** Some servers tell the exit code in lists alone. */
  const withListedCode = async (
    job: Parameters<typeof observeJob>[0],
    ref: ExternalRef,
    signal: AbortSignal,
  ): Promise<Observation> => {
    const { queue } = readScope(ref.scope);
    for await (const listed of listNamed(calls, queue, ref.externalName, signal)) {
      if (listed.id === ref.externalId) return observeJob(job, ref, listed.exitCode);
    }
    return observeJob(job, ref);
  };

  const probeOne = async (request: ProbeRequest, signal: AbortSignal): Promise<ProbeOutcome> => {
    const { externalName, identity } = request;
    const scope = readScope(request.scope);
    try {
      const listed: ListedJob[] = [];
      for await (const job of listNamed(calls, scope.queue, externalName, signal)) listed.push(job);
      if (listed.length === 0) return { kind: 'absent', certainty: 'as-of-now' };
      const details = await describeJobs(
        calls,
        listed.map((job) => job.id),
        signal,
      );
      const own = details.filter((job) => isOurs(job.tags, identity));
      // The oldest one that is alive goes on; else the oldest tells how it went.
      own.sort(
        (a, b) => Number(isOver(a.status)) - Number(isOver(b.status)) || (a.createdAt ?? 0) - (b.createdAt ?? 0),
      );
      const [job, ...rest] = own;
      if (job?.jobId === undefined) {
        return details.length === 0
          ? { kind: 'unknown', message: `jobs named ${externalName} are listed, and not described` }
          : { kind: 'foreign', message: `the jobs named ${externalName} belong to another deployment or attempt` };
      }
      const refTo = (externalId: string): ExternalRef => ({ externalName, externalId, scope });
      const duplicates = rest.flatMap((other) =>
        other.jobId === undefined || isOver(other.status) ? [] : [refTo(other.jobId)],
      );
      return { kind: 'found', observation: observeJob(job, refTo(job.jobId)), duplicates };
    } catch (error) {
      return { kind: 'unknown', message: messageOf(error) };
    }
  };

  /**
   * Jobs of ours that have not ended; what has ended needs no hand. The name alone makes nothing ours: the tags of what is not
   * followed are read.
   */
  async function* sweepQueues(signal: AbortSignal): AsyncIterable<ExternalSummary> {
    const prefix = `tf-${deploymentId.slice(0, 8)}-`;
    for (const queue of queues) {
      const seen = new Map<string, ListedJob>();
      for await (const page of listLive(calls, queue, signal)) {
        for (const job of page) if (job.name.startsWith(prefix)) seen.set(job.id, job);
      }
      const unknown = [...seen.keys()].filter((id) => follower.last(id) === undefined);
      const tagged = new Map(
        (await describeJobs(calls, unknown, signal)).map((job) => [job.jobId, job.tags?.[TAG_OF_DEPLOYMENT]]),
      );
      for (const { id, name: externalName, status, createdAt } of seen.values()) {
        const ref = { externalName, externalId: id, scope: { region, queue, jobDefinition: '' } };
        const owner = follower.last(id) === undefined ? tagged.get(id) : deploymentId;
        yield { ref, deploymentId: owner, terminal: isOver(status), createdAt: new Date(createdAt) };
      }
    }
  }

  return {
    name,
    kind: 'aws_batch',
    capabilities: {
      enforcesName: 'no',
      probe: 'eventual',
      logs: 'fetch',
      streams: 'one',
      maxSubmitBatch: MOST_SUBMITTED,
      maxDescribeBatch: 100,
      requiresSingleOwner: false,
      maxNameLength: MAX_NAME_LENGTH,
    },
    start: (context: DestinationContext) => {
      ({ deploymentId } = context);
      return Promise.resolve();
    },
    stop: () => Promise.resolve(calls.close()),
    health: async (): Promise<DestinationHealth> => {
      const [first] = queues;
      try {
        const command = new DescribeJobQueuesCommand(first === undefined ? {} : { jobQueues: [first] });
        const { jobQueues = [] } = await calls.run(
          'read',
          ({ batch }, abortSignal) => batch.send(command, { abortSignal }),
          AbortSignal.timeout(HEALTH_MS),
        );
        if (first === undefined) return { ok: true };
        const [queue] = jobQueues;
        if (queue === undefined) return { ok: false, message: `there is no job queue ${first} in ${region}` };
        const { state = '', status = '' } = queue;
        if (state === 'ENABLED' && status === 'VALID') return { ok: true };
        return { ok: false, message: `the job queue ${first} is ${state} and ${status}; it must be ENABLED and VALID` };
      } catch (error) {
        return { ok: false, message: messageOf(error) };
      }
    },
    validate: (spec) => validateSpec(spec, options),
    nameFor: (identity) => jobName(identity, MAX_NAME_LENGTH),
    scopeFor,
    submit: (jobs, signal) => Promise.all(jobs.map((job) => submitOne(job, signal))),
    probe: (jobs, signal) => Promise.all(jobs.map((job) => probeOne(job, signal))),
    changed: (jobs, signal) => follower.changed(jobs, signal),
    describe: observe,
    cancel: (refs, reason, signal) => cancelJobs(calls, refs, reason, signal),
    sweep: (signal) => sweepQueues(signal),
    claimantOf: (claim) => /^batch:([^:]+)/.exec(claim)?.[1]?.replaceAll('.', ':'),
    logLink: ({ externalId }) =>
      `https://${region}.console.aws.amazon.com/batch/home?region=${region}#jobs/detail/${externalId}`,
    fetchLogs: async (ref, query, signal) => {
      const [seen] = [follower.last(ref.externalId) ?? (await observe([ref], signal))[0]];
      if (seen === undefined) return { lines: [], position: query.position };
      return readLog(calls, seen.logRef as LogRef, query, signal);
    },
  };
}

function readScope({ region = '', queue = '', jobDefinition = '' }: JsonObject): BatchScope & JsonObject {
  return { region: String(region), queue: String(queue), jobDefinition: String(jobDefinition) };
}

function isOurs(tags: Record<string, string> | undefined, identity: PushIdentity): boolean {
  return (
    tags?.[TAG_OF_DEPLOYMENT] === identity.deploymentId &&
    tags['taskflow:task-instance'] === identity.taskInstanceId &&
    tags['taskflow:attempt'] === String(identity.attempt)
  );
}
