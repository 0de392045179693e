import type { Clock } from '@taskflow/domain';
import type { Logger } from '@taskflow/runtime';
import type { DestinationSeat } from '../destination.js';
import type { CancelOutcome } from '../outcome.js';
import { createLauncher, type Launcher } from './launcher.js';
import { openLaunchNotes } from './launch-notes.js';
import type { Master } from './master.js';
import { isTerminal } from './observe-status.js';
import type { Sandbox } from './read-log.js';
import { createReconciler, type Asked, type Reconciler } from './reconciler.js';
import type { FrameworkInfo, SchedulerEvent, TaskStatus } from './scheduler-api.js';
import { startSubscription, type Subscription } from './subscription.js';
import { createTaskBook, type TaskBook } from './task-book.js';
import { createTurnstile } from './turnstile.js';

export interface SessionOptions {
  readonly name: string;
  readonly user: string;
  readonly roles: readonly string[];
  readonly principal?: string | undefined;
  readonly resetFramework: boolean;
  readonly master: Master;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly seat: DestinationSeat;
}

/** The framework of a destination for as long as this pusher holds it. */
export interface MesosSession {
  /** Undefined until the first subscription. */
  readonly frameworkId: string | undefined;
  readonly tasks: TaskBook;
  readonly launcher: Launcher;
  readonly subscription: Subscription;
  readonly reconciler: Reconciler;
  /** A submit begins: what came of the last one is recorded. */
  submitBegins(): void;
  /** The agent that a task is on, or was sent to. */
  agentOf(name: string): string | undefined;
  /** Tells the agents that the ends of these tasks are stored. */
  acknowledge(names: readonly string[], signal: AbortSignal): Promise<void>;
  kill(task: Asked, reason: string, signal: AbortSignal): Promise<CancelOutcome>;
  /** Why this system asked for the end of a task. */
  askedWhy(name: string): string | undefined;
  sandboxOf(task: Asked, signal: AbortSignal): Promise<Sandbox | undefined>;
  close(): void;
}

/** Longer than any outage of all pushers: when it is over, Mesos ends all tasks. */
const FAILOVER_SECONDS = 4 * 7 * 24 * 3600;
const POLITE_MS = 5000;
/** Calls of one kind under way at once. */
const ABREAST = 16;

export async function openSession(options: SessionOptions): Promise<MesosSession> {
  const { name, user, roles, principal, resetFramework, master, clock, logger, seat } = options;
  const closed = new AbortController();
  const tasks = createTaskBook(clock);
  const notes = await openLaunchNotes(seat);
  const asked = new Map<string, string>();
  const agents = new Map<string, string>();
  const politely = createTurnstile(ABREAST);

  const framework = (): FrameworkInfo => ({
    user,
    name: `taskflow ${name}`,
    roles,
    failover_timeout: FAILOVER_SECONDS,
    checkpoint: true,
    capabilities: ['MULTI_ROLE', 'PARTITION_AWARE', 'TASK_KILLING_STATE'].map((type) => ({ type })),
    ...(notes.frameworkId === undefined ? {} : { id: { value: notes.frameworkId } }),
    ...(principal === undefined ? {} : { principal }),
  });
  const call = (type: string, body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> =>
    subscription.call(type, body, AbortSignal.any([signal, closed.signal]));
  const agentOf = (task: string): string | undefined => tasks.get(task)?.status.agent_id?.value ?? notes.agentOf(task);

  const acknowledgeStatus = ({ uuid, agent_id, task_id }: TaskStatus, signal: AbortSignal): Promise<void> =>
    uuid === undefined ? Promise.resolve() : call('ACKNOWLEDGE', { acknowledge: { agent_id, task_id, uuid } }, signal);
  const sendKill = (task: string, agent: string | undefined, signal: AbortSignal): Promise<void> => {
    const agentId = agent === undefined ? {} : { agent_id: { value: agent } };
    return call('KILL', { kill: { task_id: { value: task }, ...agentId } }, signal);
  };

  const onUpdate = (status: TaskStatus): void => {
    const task = status.task_id.value;
    // The master refuses a name that runs: it runs, and nothing is wrong with it.
    if (status.state === 'TASK_ERROR' && /duplicate ID|reuses the ID/.test(status.message ?? '')) return;
    tasks.note(status);
    if (isTerminal(status)) return;
    // What is not an end can be asked for again; what is one waits until it is stored.
    politely(() => acknowledgeStatus(status, AbortSignal.timeout(POLITE_MS)));
    // What an agent was told while nobody could reach it has not arrived.
    if (status.reason === 'REASON_AGENT_REREGISTERED' && asked.has(task)) {
      politely(() => sendKill(task, status.agent_id?.value, AbortSignal.timeout(POLITE_MS)));
    }
  };

  const onEvent = async (event: SchedulerEvent): Promise<void> => {
    switch (event.type) {
      case 'SUBSCRIBED':
        // Stored before anything can be launched: the tasks of an id that is forgotten are lost.
        await notes.keepFramework(event.subscribed.framework_id.value);
        return;
      case 'OFFERS':
        launcher.offered(event.offers.offers);
        return;
      case 'RESCIND':
        launcher.rescinded(event.rescind.offer_id.value);
        return;
      case 'UPDATE':
        onUpdate(event.update.status);
        return;
      case 'ERROR':
      case 'HEARTBEAT':
    }
  };

  const launcher = createLauncher(() => subscription, notes, clock);
  const reconciler = createReconciler(tasks, () => subscription, clock);
  const subscription = startSubscription({
    master,
    clock,
    logger,
    framework,
    onEvent,
    onDrop: (fate) => {
      tasks.spoil();
      launcher.dropped();
      reconciler.dropped();
      if (fate === 'removed' && resetFramework) notes.forgetFramework();
    },
    signal: closed.signal,
  });

  return {
    get frameworkId() {
      return notes.frameworkId;
    },
    tasks,
    launcher,
    subscription,
    reconciler,
    submitBegins: () => notes.submitBegins(),
    agentOf,
    async acknowledge(names, signal) {
      const left = names.flatMap((one) => tasks.get(one) ?? []).filter(({ status }) => isTerminal(status));
      const next = async (): Promise<void> => {
        for (let task = left.pop(); task !== undefined; task = left.pop()) {
          await acknowledgeStatus(task.status, signal);
          tasks.forget(task.name);
          asked.delete(task.name);
        }
      };
      await Promise.all(Array.from({ length: ABREAST }, next));
    },
    async kill({ name: task, agent }, reason, signal) {
      asked.set(task, reason);
      try {
        await sendKill(task, agent, signal);
        return { kind: 'sent' };
      } catch (error) {
        return { kind: 'unavailable', message: error instanceof Error ? error.message : String(error) };
      }
    },
    askedWhy: (task) => asked.get(task),
    async sandboxOf({ name: task, agent }, signal) {
      const id = notes.frameworkId;
      if (agent === undefined || id === undefined) return undefined;
      if (!agents.has(agent)) {
        const query = new URLSearchParams({ slave_id: agent });
        const answer = (await master.get(`/slaves?${query.toString()}`, signal)) as {
          slaves?: readonly { id: string; hostname: string; port: number }[];
        };
        const found = answer.slaves?.find((one) => one.id === agent);
        if (found === undefined) return undefined;
        agents.set(agent, `http://${found.hostname}:${String(found.port)}`);
      }
      return { agent: agents.get(agent) ?? '', path: `/frameworks/${id}/executors/${task}/runs/latest` };
    },
    close: () => closed.abort(),
  };
}
