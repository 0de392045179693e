import { isJsonObject, type Clock } from '@taskflow/domain';
import type { Logger } from '@taskflow/runtime';
import type { DestinationSeat } from '../destination.js';
import type { CancelOutcome } from '../outcome.js';
import { createLauncher, type Launcher } from './launcher.js';
import type { Master } from './master.js';
import { isTerminal } from './observe-status.js';
import type { Sandbox } from './read-log.js';
import type { FrameworkInfo, SchedulerEvent } from './scheduler-api.js';
import { startSubscription, type Subscription } from './subscription.js';
import { createTaskBook, type TaskBook } from './task-book.js';

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
  readonly tasks: TaskBook;
  readonly launcher: Launcher;
  readonly subscription: Subscription;
  /** Asks for the state of these tasks, and waits for the answers no longer than this; of all tasks, when none is named. */
  reconcile(names: readonly string[], withinMs: number, signal: AbortSignal): Promise<void>;
  /** Tells the agents that the ends of these tasks are stored. */
  acknowledge(names: readonly string[], signal: AbortSignal): Promise<void>;
  kill(name: string, reason: string, signal: AbortSignal): Promise<CancelOutcome>;
  /** Why this system asked for the end of a task. */
  askedWhy(name: string): string | undefined;
  sandboxOf(name: string, signal: AbortSignal): Promise<Sandbox | undefined>;
  close(): void;
}

/** Longer than any outage of all pushers: when it is over, Mesos ends all tasks. */
const FAILOVER_SECONDS = 4 * 7 * 24 * 3600;
const REMOVED = /Framework has been removed/;

export async function openSession(options: SessionOptions): Promise<MesosSession> {
  const { name, user, roles, principal, resetFramework, master, clock, logger, seat } = options;
  const closed = new AbortController();
  const tasks = createTaskBook(clock);
  const asked = new Map<string, string>();
  const agents = new Map<string, string>();
  const kept = await seat.load();
  let id = isJsonObject(kept) && typeof kept['framework_id'] === 'string' ? kept['framework_id'] : undefined;

  const framework = (): FrameworkInfo => ({
    user,
    name: `taskflow ${name}`,
    roles,
    failover_timeout: FAILOVER_SECONDS,
    checkpoint: true,
    capabilities: ['MULTI_ROLE', 'PARTITION_AWARE', 'TASK_KILLING_STATE'].map((type) => ({ type })),
    ...(id === undefined ? {} : { id: { value: id } }),
    ...(principal === undefined ? {} : { principal }),
  });
  const call = (type: string, body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> =>
    subscription.call(type, body, AbortSignal.any([signal, closed.signal]));
  const acknowledgeOne = (task: string, signal: AbortSignal): Promise<void> => {
    const { uuid, agent_id, task_id } = tasks.get(task)?.status ?? {};
    if (uuid === undefined) return Promise.resolve();
    return call('ACKNOWLEDGE', { acknowledge: { agent_id, task_id, uuid } }, signal);
  };

  const onEvent = async (event: SchedulerEvent): Promise<void> => {
    switch (event.type) {
      case 'SUBSCRIBED':
        // Stored before anything can be launched: the tasks of an id that is forgotten are lost.
        id = event.subscribed.framework_id.value;
        await seat.save({ framework_id: id });
        return;
      case 'OFFERS':
        launcher.offered(event.offers.offers);
        return;
      case 'RESCIND':
        launcher.rescinded(event.rescind.offer_id.value);
        return;
      case 'UPDATE': {
        const { status } = event.update;
        // The master refuses a name that runs: it runs, and nothing is wrong with it.
        if (status.state === 'TASK_ERROR' && /duplicate ID|reuses the ID/.test(status.message ?? '')) return;
        tasks.note(status);
        // What is not an end can be asked for again; what is one waits until it is stored.
        if (!isTerminal(status))
          await acknowledgeOne(status.task_id.value, AbortSignal.timeout(5000)).catch(() => undefined);
        return;
      }
      case 'ERROR':
      case 'HEARTBEAT':
    }
  };

  const launcher = createLauncher(() => subscription);
  const subscription = startSubscription({
    master,
    clock,
    logger,
    framework,
    onEvent,
    onDrop: (reason) => {
      tasks.spoil();
      launcher.dropped();
      if (REMOVED.test(reason) && resetFramework) id = undefined;
    },
    signal: closed.signal,
  });

  return {
    tasks,
    launcher,
    subscription,
    async reconcile(names, withinMs, signal) {
      if (!subscription.connected) throw new Error(`not subscribed at the Mesos master: ${subscription.trouble ?? ''}`);
      if (names.length === 0 && withinMs > 0) return;
      const asks = names.map((one) => {
        const agent = tasks.get(one)?.status.agent_id;
        return { task_id: { value: one }, ...(agent === undefined ? {} : { agent_id: agent }) };
      });
      const heard = tasks.heardOf(names, withinMs);
      await call('RECONCILE', { reconcile: { tasks: asks } }, signal);
      await heard;
    },
    async acknowledge(names, signal) {
      for (const one of names) {
        const task = tasks.get(one);
        if (task === undefined || !isTerminal(task.status)) continue;
        await acknowledgeOne(one, signal);
        tasks.forget(one);
        asked.delete(one);
      }
    },
    async kill(task, reason, signal) {
      asked.set(task, reason);
      const agent = tasks.get(task)?.status.agent_id;
      const kill = { task_id: { value: task }, ...(agent === undefined ? {} : { agent_id: agent }) };
      try {
        await call('KILL', { kill }, signal);
        return { kind: 'sent' };
      } catch (error) {
        return { kind: 'unavailable', message: error instanceof Error ? error.message : String(error) };
      }
    },
    askedWhy: (task) => asked.get(task),
    async sandboxOf(task, signal) {
      const agent = tasks.get(task)?.status.agent_id?.value;
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
