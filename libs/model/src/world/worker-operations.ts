import { LeaseLost } from '@taskflow/domain';
import {
  closeSession,
  completeTasks,
  handBack,
  heartbeat,
  leaseTasks,
  openSession,
  type CompletionAck,
  type LeasedTask,
  type WaitingWorker,
} from '@taskflow/engine';
import type { KnownLease, Process, Told, Worker } from './actors.js';
import { nth } from './nth.js';
import type { Begun } from './operations.js';
import type { Step } from './step.js';
import { Violation, type World } from './world.js';

type WorkerOperation = 'connect' | 'lease' | 'complete' | 'heartbeat' | 'hand back' | 'leave' | 'kill worker';

export const SLOTS = 2;
/** Of all leases that were ever given, so many of the newest may still be told about. */
const REMEMBERED = 12;
const ENDS: readonly Told[] = ['success', 'success', 'success', 'failed', 'failed', 'timeout', 'cancelled'];

export async function beginWorkerOperation(world: World, op: WorkerOperation, step: Step): Promise<Begun> {
  const worker = nth(world.workers, step.who);
  const api = nth(world.apis, step.how);
  if (worker === undefined || api === undefined) return undefined;
  const { session } = worker;
  switch (op) {
    case 'connect':
      return { process: api, call: await connect(world, api, worker) };
    case 'lease':
      return session && { process: api, call: await lease(world, api, worker, session, 1 + (step.what % 3)) };
    case 'complete': {
      const known = nth(world.known.slice(-REMEMBERED).reverse(), step.what);
      if (known === undefined) return undefined;
      const again = known.told !== undefined;
      known.told ??= ENDS[step.how % ENDS.length] ?? 'success';
      return { process: api, call: await complete(world, api, known, known.told, again) };
    }
    case 'heartbeat': {
      if (session === undefined) return undefined;
      const call = await world.begin(
        api,
        `worker ${worker.name} sends a heartbeat`,
        (ctx) => heartbeat(ctx, { sessionId: session.id }),
        () => '',
        { failed: (error) => disconnect(worker, session.id, error) },
      );
      return { process: api, call };
    }
    case 'hand back': {
      const given = nth(worker.held, step.what);
      if (session === undefined || given === undefined || given.told !== undefined) return undefined;
      worker.held = worker.held.filter((other) => other !== given);
      const call = await world.begin(
        api,
        `worker ${worker.name} hands ${given.label} back`,
        (ctx) => handBack(ctx, { sessionId: session.id, leases: [given.ref] }),
        ({ returned }) => (returned.length === 0 ? 'not its own any more' : ''),
      );
      return { process: api, call };
    }
    case 'leave': {
      if (session === undefined) return undefined;
      Object.assign(worker, { session: undefined, held: [] });
      const input = { sessionId: session.id, reason: 'stopped' };
      const call = await world.begin(
        api,
        `worker ${worker.name} says goodbye`,
        (ctx) => closeSession(ctx, input),
        () => '',
      );
      return { process: api, call };
    }
    case 'kill worker':
      kill(worker);
      return `worker ${worker.name} is killed and starts again`;
  }
}

export function kill(worker: Worker): void {
  Object.assign(worker, { start: worker.start + 1, session: undefined, held: [] });
}

export function connect(world: World, api: Process, worker: Worker) {
  const { name, start } = worker;
  const held = worker.held.map((known) => known.ref);
  const title = held.length === 0 ? '' : ` with ${worker.held.map((known) => known.label).join(', ')}`;
  return world.begin(
    api,
    `worker ${name} connects${title}`,
    (ctx) =>
      openSession(ctx, {
        protocol: 1,
        worker: name,
        process: `${name}-${start}`,
        host: 'localhost',
        version: '1.0.0',
        queues: [],
        tasks: [],
        handlers: world.scenario.tasks.map((task) => task.name),
        labels: {},
        slots: SLOTS,
        held,
        api: api.name,
      }),
    ({ sessionId, laneIds, lost }) => {
      if (worker.start !== start) return 'nobody is there any more';
      worker.session = { id: sessionId, laneIds };
      const gone = new Set(lost.map((ref) => ref.leaseId));
      const lostOnes = worker.held.filter((known) => gone.has(known.ref.leaseId));
      worker.held = worker.held.filter((known) => !gone.has(known.ref.leaseId));
      return lostOnes.length === 0 ? '' : `${lostOnes.map((known) => known.label).join(', ')} lost`;
    },
  );
}

export function lease(
  world: World,
  api: Process,
  worker: Worker,
  session: { readonly id: string; readonly laneIds: readonly number[] },
  credits: number,
) {
  const { name, start } = worker;
  return world.begin(
    api,
    `worker ${name} asks for ${credits}`,
    (ctx) => leaseTasks(ctx, { laneIds: session.laneIds, demand: [{ sessionId: session.id, credits }] }),
    (leases) => deliver(world, worker, { start, session: session.id }, leases),
  );
}

/** Gives leases to a worker, if it is still the one that they were made for. */
function deliver(
  world: World,
  worker: Worker,
  meant: { readonly start: number; readonly session: string },
  leases: readonly LeasedTask[],
): string {
  const labels = leases.map(labelOf).join(', ');
  if (leases.length === 0) return 'nothing';
  if (worker.start !== meant.start || worker.session?.id !== meant.session)
    return `${labels}, which nobody is there to take`;
  const known = leases.map((task): KnownLease => ({
    ref: task.ref,
    label: labelOf(task),
    worker: worker.name,
    told: undefined,
    accepted: 0,
  }));
  worker.held.push(...known);
  world.known.push(...known);
  return labels;
}

/** The worker as one that waits when somebody submits; undefined where it is not connected or takes nothing of the lane. */
export function waitingWorker(world: World, worker: Worker | undefined, laneId: number): WaitingWorker | undefined {
  if (worker?.session?.laneIds.includes(laneId) !== true) return undefined;
  const meant = { start: worker.start, session: worker.session.id };
  return {
    sessionId: meant.session,
    lease: (task) => void deliver(world, worker, meant, [task]),
    release: () => undefined,
  };
}

export function complete(world: World, api: Process, known: KnownLease, told: Told, again: boolean) {
  return world.begin(
    api,
    `worker ${known.worker} tells ${known.label}${again ? ' again' : ''}: ${told}`,
    (ctx) => completeTasks(ctx, { completions: [{ ref: known.ref, outcome: told }] }),
    ([ack]) => noteAck(world, known, ack),
  );
}

function noteAck(world: World, known: KnownLease, ack: CompletionAck | undefined): string {
  if (ack === undefined) throw new Violation(`the completion of ${known.label} got no answer`);
  if (ack.result === 'accepted') known.accepted += 1;
  if (known.accepted > 1) throw new Violation(`the completion of ${known.label} was accepted twice`);
  for (const worker of world.workers) worker.held = worker.held.filter((other) => other !== known);
  return ack.result;
}

function labelOf({ task, ref, nodeKey, workflowInstanceId: run }: LeasedTask): string {
  const name = nodeKey === undefined ? `${task} of instance ${ref.id}` : `${nodeKey} (${task}) of run ${run}`;
  return `${name}, attempt ${ref.attempt}`;
}

function disconnect(worker: Worker, sessionId: string, error: unknown): string {
  if (!(error instanceof LeaseLost)) return '';
  if (worker.session?.id === sessionId) worker.session = undefined;
  return error.reason;
}
