import { randomUUID } from 'node:crypto';
import { jobName, type Observation, type PushDestination, type SubmitOutcome } from '@taskflow/destinations';

/** What becomes of one submit: the call, the job, the answer. */
export type Mishap =
  'answer lost' | 'request lost' | 'unavailable' | 'throttled' | 'job refused' | 'destination refused';

interface CarelessJob {
  readonly id: string;
  readonly name: string;
  readonly deploymentId: string;
  state: Observation['state'];
}

export interface CarelessDestination extends PushDestination {
  /** Every job that was ever made, in order. */
  readonly jobs: CarelessJob[];
  /** What the next submits meet, one after the other. */
  readonly mishaps: Mishap[];
  /** What every submit meets from now on. */
  trouble: Mishap | undefined;
  healthy: boolean;
  /** Called within each submit, before it is answered. */
  duringSubmit: () => Promise<void>;
  /** Jobs end by themselves when they are next looked at. */
  quick: boolean;
}

/**
 * A place as careless as some clouds are, in memory: any number of jobs may have one name, answers get lost, and a look by name
 * says only how it is now. Nothing but the protocol keeps an attempt from being two jobs there.
 */
export function carelessDestination(name: string): CarelessDestination {
  const jobs: CarelessJob[] = [];
  const refTo = (job: CarelessJob) => ({ externalName: job.name, externalId: job.id, scope: {} });
  const observe = (job: CarelessJob): Observation => {
    if (self.quick && job.state === 'running') job.state = 'succeeded';
    const terminal = ['succeeded', 'failed', 'cancelled'].includes(job.state);
    return { ref: refTo(job), state: job.state, terminal, remoteStatus: job.state.toUpperCase() };
  };

  const self: CarelessDestination = {
    name,
    kind: 'careless',
    jobs,
    mishaps: [],
    trouble: undefined,
    healthy: true,
    quick: true,
    duringSubmit: () => Promise.resolve(),
    capabilities: {
      enforcesName: 'no',
      probe: 'eventual',
      logs: 'none',
      streams: 'one',
      maxSubmitBatch: 1,
      maxDescribeBatch: 100,
      requiresSingleOwner: false,
      maxNameLength: 128,
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    health: () => Promise.resolve(self.healthy ? { ok: true } : { ok: false, message: 'down for maintenance' }),
    validate: () => [],
    nameFor: (identity) => jobName(identity, 128),
    scopeFor: () => ({}),
    async submit(requests) {
      const outcomes: SubmitOutcome[] = [];
      for (const { externalName, identity } of requests) {
        const mishap = self.mishaps.shift() ?? self.trouble;
        const job: CarelessJob = {
          id: randomUUID(),
          name: externalName,
          deploymentId: identity.deploymentId,
          state: 'running',
        };
        const refusal = refusalOf(mishap);
        if (refusal) outcomes.push(refusal);
        if (mishap === undefined || mishap === 'answer lost') jobs.push(job);
        await self.duringSubmit();
        if (mishap === 'answer lost' || mishap === 'request lost') throw new Error('socket hang up');
        if (mishap === undefined) outcomes.push({ kind: 'accepted', externalId: job.id, scope: {} });
      }
      return outcomes;
    },
    probe: (requests) =>
      Promise.resolve(
        requests.map(({ externalName }) => {
          const [job, ...others] = jobs.filter((each) => each.name === externalName);
          return job
            ? { kind: 'found' as const, observation: observe(job), duplicates: others.map(refTo) }
            : { kind: 'absent' as const, certainty: 'as-of-now' as const };
        }),
      ),
    describe: (refs) =>
      Promise.resolve(jobs.filter((job) => refs.some((ref) => ref.externalId === job.id)).map((job) => observe(job))),
    cancel: (refs) => {
      for (const job of jobs) {
        if (job.state === 'running' && refs.some((ref) => ref.externalId === job.id)) job.state = 'cancelled';
      }
      return Promise.resolve(refs.map(() => ({ kind: 'sent' as const })));
    },
  };
  return self;
}

function refusalOf(mishap: Mishap | undefined): SubmitOutcome | undefined {
  switch (mishap) {
    case 'unavailable':
      return { kind: 'unavailable', message: 'connect ECONNREFUSED' };
    case 'throttled':
      return { kind: 'throttled', message: 'slow down', retryAfterMs: 1 };
    case 'job refused':
      return { kind: 'rejected', code: 'BAD_IMAGE', message: 'no such image', scope: 'job' };
    case 'destination refused':
      return { kind: 'rejected', code: 'DENIED', message: 'no rights on the queue', scope: 'destination' };
    case 'answer lost':
    case 'request lost':
    case undefined:
      return undefined;
  }
}
