import { isTaskflowError } from '@taskflow/domain';
import {
  advanceHinted,
  advanceWorkflows,
  createRunMemory,
  enforceTimeouts,
  expireLeases,
  expireQueued,
  expireWorkflows,
  fireBuffered,
  fireDue,
  promoteDelayed,
  startWorkflows,
  sweepBlocked,
  type SchedulerCtx,
} from '@taskflow/engine';
import { elect, SCHEDULER_SEAT } from '@taskflow/store';
import type { PendingCall, Scheduler } from './actors.js';
import { nth } from './nth.js';
import type { Begun } from './operations.js';
import type { Step } from './step.js';
import type { World } from './world.js';

/** Short, so that leaders follow on each other. */
const LEASE_MS = 2000;

type Duty = readonly [title: string, run: (ctx: SchedulerCtx, scheduler: Scheduler) => Promise<unknown>];

/** Small pages, so that stories come to their ends. */
const PAGE = 3;

export const DUTIES: readonly Duty[] = [
  ['starts workflows', (ctx, { memory }) => startWorkflows(ctx, { memory })],
  ['advances workflows', (ctx, { memory }) => advanceWorkflows(ctx, { memory, limit: PAGE })],
  ['advances workflows', (ctx, { memory }) => advanceWorkflows(ctx, { memory, limit: PAGE })],
  ['moves what is due to the queue', (ctx) => promoteDelayed(ctx, { limit: PAGE })],
  ['takes back leases', (ctx) => expireLeases(ctx)],
  ['ends what runs for too long', (ctx) => enforceTimeouts(ctx, { limit: PAGE })],
  ['dequeues what has expired', (ctx) => expireQueued(ctx, { limit: PAGE })],
  ['ends workflows that take too long', (ctx) => expireWorkflows(ctx)],
  ['fires what is due', (ctx) => fireDue(ctx)],
  ['fires what was buffered', (ctx) => fireBuffered(ctx)],
  ['admits what is blocked', (ctx) => sweepBlocked(ctx)],
];

export async function beginSchedulerOperation(
  world: World,
  op: 'campaign' | 'duty' | 'hint' | 'kill scheduler',
  step: Step,
): Promise<Begun> {
  const scheduler = nth(world.schedulers, op === 'duty' || op === 'hint' ? leaderFirst(world, step.who) : step.who);
  if (scheduler === undefined) return undefined;
  if (op === 'kill scheduler') {
    world.kill(scheduler);
    return `scheduler ${scheduler.name} is killed`;
  }
  // It does one thing at a time: what it was held up in comes first.
  if (scheduler.pending.length > 0) return undefined;
  if (op === 'campaign') return { process: scheduler, call: await campaign(world, scheduler) };
  const duty = op === 'hint' ? await hinted(world, step) : nth(DUTIES, step.what);
  if (duty === undefined || scheduler.term === undefined) return undefined;
  return { process: scheduler, call: await beginDuty(world, scheduler, duty) };
}

/** A notification, or two at once: mostly of the latest. */
async function hinted(world: World, step: Step): Promise<Duty | undefined> {
  const hints = await world.backend.hints();
  const last = hints.length - 1 - (step.what % 4);
  const changes = hints.slice(Math.max(0, last - (step.how % 2)), last + 1);
  if (changes.length === 0) return undefined;
  const keys = changes.map((change) => change.nodeKey).join(' and ');
  return [`hears that ${keys} succeeded`, (ctx, { memory }) => advanceHinted(ctx, { memory, changes })];
}

/** Mostly the one that was elected last; one that was before it as well. */
function leaderFirst(world: World, who: number): number {
  const terms = world.schedulers.map(({ term }) => Number(term ?? -1));
  const leader = terms.indexOf(Math.max(...terms));
  return who % 4 === 3 ? leader + 1 : leader;
}

export function campaign(world: World, scheduler: Scheduler): Promise<PendingCall> {
  const { name } = scheduler;
  return world.begin(
    scheduler,
    `scheduler ${name} wants to lead`,
    (ctx) => elect(ctx.db, { name: SCHEDULER_SEAT, holder: name, leaseMs: LEASE_MS }),
    (term) => {
      if (term === undefined) return 'another one leads';
      scheduler.term = term;
      scheduler.memory = createRunMemory();
      return `term ${term}`;
    },
  );
}

export function beginDuty(world: World, scheduler: Scheduler, [title, run]: Duty): Promise<PendingCall> {
  const { name, term = '' } = scheduler;
  return world.begin(
    scheduler,
    `scheduler ${name} (term ${term}) ${title}`,
    (ctx) => run({ ...ctx, term }, scheduler),
    () => '',
    {
      term,
      failed: (error) => {
        // It stands by; after a broken connection it tries again.
        const replaced = isTaskflowError(error) && error.reason === 'NOT_LEADER';
        if (replaced && scheduler.term === term) scheduler.term = undefined;
        return '';
      },
    },
  );
}
