import type { Clock, JsonObject } from '@taskflow/domain';
import type {
  DestinationContext,
  DestinationSeat,
  ExternalSummary,
  ProbeRequest,
  PushDestination,
  SubmitRequest,
} from '../destination.js';
import { jobName } from '../job-name.js';
import type { ExternalRef, Observation } from '../observation.js';
import type { CancelOutcome, ProbeOutcome, SubmitOutcome } from '../outcome.js';
import { checkTaskSpec } from './build-task.js';
import { openMaster, type MasterAccess } from './master.js';
import { isTerminal, observeStatus } from './observe-status.js';
import { readLog } from './read-log.js';
import { openSession, type MesosSession } from './session.js';
import type { KnownTask } from './task-book.js';

export interface MesosOptions extends MasterAccess {
  readonly name: string;
  /** Whose processes the tasks are on the agents. */
  readonly user: string;
  /** Roles whose resources are offered. */
  readonly roles: readonly string[];
  /** Subscribe as a new framework when the old one was removed: what it ran counts as lost then. */
  readonly resetFramework: boolean;
  readonly clock: Clock;
}

const MAX_NAME_LENGTH = 200;
const ANSWER_MS = 3000;
const NO_ANSWER = 'the Mesos master has not answered for it';

/**
 * Runs tasks on Apache Mesos, as one framework that outlives the pusher. Updates come by themselves, and an end is acknowledged
 * only once it is stored, so that a crash loses none; what is not known is asked for by reconciliation.
 */
export function createMesosDestination(options: MesosOptions): PushDestination {
  const { name } = options;
  const master = openMaster(options);
  let context: DestinationContext;
  let session: MesosSession | undefined;

  const held = (): MesosSession => {
    if (session === undefined) throw new Error('this pusher is not subscribed: another one holds the destination');
    return session;
  };
  const refTo = (externalName: string): ExternalRef => ({ externalName, externalId: externalName, scope: {} });
  const observe = (task: KnownTask, ref: ExternalRef): Observation =>
    observeStatus(task.status, ref, { started: task.started, asked: held().askedWhy(task.name) });

  const submitOne = (job: SubmitRequest): Promise<SubmitOutcome> | SubmitOutcome => {
    const { externalName, identity, scope } = job;
    const { tasks, launcher } = held();
    const known = tasks.get(externalName);
    if (known !== undefined && !known.absent) {
      return { kind: 'exists', externalId: externalName, scope, ours: isOurs(externalName, identity), sameSpec: true };
    }
    if (known?.fresh !== true) return { kind: 'unavailable', message: NO_ANSWER };
    tasks.forget(externalName);
    return launcher.launch(job);
  };

  const probeOne = ({ externalName, identity, scope }: ProbeRequest): ProbeOutcome => {
    if (!isOurs(externalName, identity)) {
      return { kind: 'foreign', message: `the task ${externalName} belongs to another deployment or attempt` };
    }
    const task = held().tasks.get(externalName);
    if (task?.fresh !== true) return { kind: 'unknown', message: NO_ANSWER };
    if (task.absent) return { kind: 'absent', certainty: 'as-of-now' };
    return { kind: 'found', observation: observe(task, { externalName, externalId: externalName, scope }) };
  };

  return {
    name,
    kind: 'mesos',
    capabilities: {
      enforcesName: 'while-active',
      probe: 'asynchronous',
      logs: 'fetch',
      streams: 'apart',
      maxSubmitBatch: 100,
      maxDescribeBatch: 1000,
      requiresSingleOwner: true,
      maxNameLength: MAX_NAME_LENGTH,
    },
    start: (given) => {
      context = given;
      return Promise.resolve();
    },
    hold: async (seat: DestinationSeat) => {
      session?.close();
      session = await openSession({ ...options, master, logger: context.logger, seat });
    },
    release: () => {
      session?.close();
      session = undefined;
      return Promise.resolve();
    },
    stop: () => {
      session?.close();
      session = undefined;
      return Promise.resolve();
    },
    health: () => {
      const trouble = session === undefined ? undefined : session.subscription.trouble;
      return Promise.resolve(trouble === undefined ? { ok: true } : { ok: false, message: trouble });
    },
    validate: checkTaskSpec,
    nameFor: (identity) => jobName(identity, MAX_NAME_LENGTH),
    scopeFor: (): JsonObject => ({ masters: [...options.masters] }),
    submit: async (jobs, signal) => {
      const { subscription, reconcile } = held();
      if (!subscription.connected) {
        return jobs.map(() => ({ kind: 'unavailable', message: subscription.trouble ?? 'not subscribed' }));
      }
      // A name is free only where the master says so: what an earlier holder has launched may run.
      await reconcile(
        jobs.map((job) => job.externalName),
        ANSWER_MS,
        signal,
      );
      return Promise.all(jobs.map(async (job) => submitOne(job)));
    },
    probe: async (jobs, signal) => {
      const names = jobs.map((job) => job.externalName);
      await held().reconcile(names, ANSWER_MS, signal);
      return jobs.map(probeOne);
    },
    describe: async (refs, signal) => {
      const { tasks, reconcile } = held();
      const stale = refs.map((ref) => ref.externalName).filter((one) => tasks.get(one)?.fresh !== true);
      await reconcile(stale, ANSWER_MS, signal);
      return refs.flatMap((ref): Observation[] => {
        const task = tasks.get(ref.externalName);
        if (task?.fresh === true) return task.absent ? [] : [observe(task, ref)];
        const reason = NO_ANSWER;
        return [{ ref, state: 'unreachable', terminal: false, remoteStatus: 'no answer', reason }];
      });
    },
    settled: (observations, signal) =>
      held().acknowledge(
        observations.map(({ ref }) => ref.externalName),
        signal,
      ),
    cancel: (refs, reason, signal) =>
      Promise.all(refs.map((ref): Promise<CancelOutcome> => held().kill(ref.externalName, reason, signal))),
    async *sweep(signal): AsyncIterable<ExternalSummary> {
      const { tasks, reconcile } = held();
      await reconcile([], 0, signal);
      for (const task of [...tasks.values()]) {
        if (task.absent || !task.name.startsWith('tf-')) continue;
        const { status } = task;
        const createdAt = new Date((status.timestamp ?? 0) * 1000);
        const { deploymentId } = context;
        yield { ref: refTo(task.name), deploymentId, terminal: isTerminal(status), createdAt };
      }
    },
    cleanup: (refs, signal) =>
      held().acknowledge(
        refs.map((ref) => ref.externalName),
        signal,
      ),
    fetchLogs: async (ref, query, signal) => {
      const sandbox = await held().sandboxOf(ref.externalName, signal);
      return sandbox === undefined ? { lines: [], position: query.position } : readLog(sandbox, query, signal);
    },
  };

  function isOurs(externalName: string, identity: SubmitRequest['identity']): boolean {
    const { deploymentId, taskInstanceId, attempt } = identity;
    return externalName.startsWith(`tf-${deploymentId.slice(0, 8)}-${taskInstanceId}-a${String(attempt)}-`);
  }
}
