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
import type { Asked } from './reconciler.js';
import { openSession, type MesosSession } from './session.js';
import type { KnownTask } from './task-book.js';

export { checkMasters } from './check-masters.js';

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
  /** Names that nobody has launched: this pusher knows, since it has been told so and has sent none. */
  const free = new Set<string>();

  const held = (): MesosSession => {
    if (session === undefined) throw new Error('this pusher is not subscribed: another one holds the destination');
    return session;
  };
  const letGo = (): Promise<void> => {
    session?.close();
    session = undefined;
    free.clear();
    return Promise.resolve();
  };
  const refTo = (externalName: string): ExternalRef => ({ externalName, externalId: externalName, scope: {} });
  const observe = (task: KnownTask, ref: ExternalRef): Observation =>
    observeStatus(task.status, ref, { started: task.started, asked: held().askedWhy(task.name) });
  const toAsk = ({ externalName, scope }: { readonly externalName: string; readonly scope: JsonObject }): Asked => {
    const kept = scope['agent'];
    return { name: externalName, agent: held().agentOf(externalName) ?? (typeof kept === 'string' ? kept : undefined) };
  };
  const placeOf = ({ status }: KnownTask, scope: JsonObject): JsonObject =>
    status.agent_id === undefined ? scope : { ...scope, agent: status.agent_id.value };

  const submitOne = async (job: SubmitRequest): Promise<SubmitOutcome> => {
    const { externalName, identity, scope } = job;
    const { tasks, launcher } = held();
    const known = tasks.get(externalName);
    if (known !== undefined && !known.absent) {
      const ours = isOurs(externalName, identity);
      return { kind: 'exists', externalId: externalName, scope: placeOf(known, scope), ours, sameSpec: true };
    }
    if (!free.has(externalName) && known?.fresh !== true) return { kind: 'unavailable', message: NO_ANSWER };
    tasks.forget(externalName);
    const outcome = await launcher.launch(job);
    if (outcome.kind === 'full') free.add(externalName);
    else free.delete(externalName);
    return outcome;
  };

  const probeOne = ({ externalName, identity, scope }: ProbeRequest): ProbeOutcome => {
    if (!isOurs(externalName, identity)) {
      return { kind: 'foreign', message: `the task ${externalName} belongs to another deployment or attempt` };
    }
    const task = held().tasks.get(externalName);
    if (task?.fresh !== true) return { kind: 'unknown', message: NO_ANSWER };
    if (task.absent) return { kind: 'absent', certainty: 'as-of-now' };
    const ref = { externalName, externalId: externalName, scope: placeOf(task, scope) };
    return { kind: 'found', observation: observe(task, ref) };
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
      await letGo();
      session = await openSession({ ...options, master, logger: context.logger, seat });
    },
    release: letGo,
    stop: letGo,
    health: () => {
      const trouble = session === undefined ? undefined : session.subscription.trouble;
      return Promise.resolve(trouble === undefined ? { ok: true } : { ok: false, message: trouble });
    },
    validate: checkTaskSpec,
    nameFor: (identity) => jobName(identity, MAX_NAME_LENGTH),
    scopeFor: (): JsonObject => ({ masters: [...options.masters] }),
    submit: async (jobs, signal) => {
      const { subscription, reconciler, submitBegins } = held();
      if (!subscription.connected) {
        return jobs.map(() => ({ kind: 'unavailable', message: subscription.trouble ?? 'not subscribed' }));
      }
      submitBegins();
      for (const { tries, externalName } of jobs) if (tries === 1) free.add(externalName);
      // A name is free only where the master says so: what an earlier holder has launched may run.
      const doubtful = jobs.filter((job) => !free.has(job.externalName));
      await reconciler.ask(doubtful.map(toAsk), ANSWER_MS, signal);
      return Promise.all(jobs.map(submitOne));
    },
    probe: async (jobs, signal) => {
      await held().reconciler.ask(jobs.map(toAsk), ANSWER_MS, signal);
      return jobs.map(probeOne);
    },
    describe: async (refs, signal) => {
      const { tasks, reconciler, subscription } = held();
      // Its tasks have ended with it. They are missed, and not given up while nobody has said how to go on.
      if (!subscription.connected && subscription.fate === 'removed') return [];
      await reconciler.ask(reconciler.due(refs.map(toAsk)), ANSWER_MS, signal);
      if (!subscription.connected) throw new Error(subscription.trouble);
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
    cancel: (refs, reason, signal) => {
      const { kill } = held();
      return Promise.all(refs.map((ref): Promise<CancelOutcome> => kill(toAsk(ref), reason, signal)));
    },
    async *sweep(signal): AsyncIterable<ExternalSummary> {
      const { tasks, reconciler, subscription } = held();
      // Nobody can be asked; that there is no connection is told elsewhere.
      if (!subscription.connected) return;
      await reconciler.askForAll(signal);
      const { deploymentId } = context;
      const prefix = `tf-${deploymentId.slice(0, 8)}-`;
      for (const task of [...tasks.values()]) {
        if (task.absent) continue;
        const { status } = task;
        const createdAt = new Date((status.timestamp ?? 0) * 1000);
        const owner = task.name.startsWith(prefix) ? deploymentId : undefined;
        yield { ref: refTo(task.name), deploymentId: owner, terminal: isTerminal(status), createdAt };
      }
    },
    cleanup: (refs, signal) =>
      held().acknowledge(
        refs.map((ref) => ref.externalName),
        signal,
      ),
    logLink: ({ externalId, scope }) => {
      const { agent } = scope;
      const framework = session?.frameworkId;
      const [web] = options.masters;
      if (web === undefined || framework === undefined || typeof agent !== 'string') return undefined;
      return `${web}/#/agents/${agent}/frameworks/${framework}/executors/${externalId}`;
    },
    fetchLogs: async (ref, query, signal) => {
      const sandbox = await held().sandboxOf(toAsk(ref), signal);
      return sandbox === undefined ? { lines: [], position: query.position } : readLog(sandbox, query, signal);
    },
  };

  function isOurs(externalName: string, identity: SubmitRequest['identity']): boolean {
    const { deploymentId, taskInstanceId, attempt } = identity;
    return externalName.startsWith(`tf-${deploymentId.slice(0, 8)}-${taskInstanceId}-a${String(attempt)}-`);
  }
}
