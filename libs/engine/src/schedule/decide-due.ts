import {
  insertSlots,
  moveHighWater,
  openRuns,
  requestWorkflowCancel,
  type DueSchedule,
  type NewSlot,
  type OpenRuns,
  type Queryable,
} from '@taskflow/store';
import type { Ctx } from '../context.js';
import { admitBlocked } from '../limit/admit-blocked.js';
import { cancelOpenTasks } from '../task/cancel-open-tasks.js';
import { fireSlots, hasTarget, targetFault, targetsOf, type FiringSlot, type Targets } from './fire-slots.js';
import { planSchedule, readSpec, type PlannedSchedule } from './plan-schedule.js';

export interface DecideInput {
  /** Whose rows the caller holds. */
  readonly due: readonly DueSchedule[];
  /** Of the scheduler; `0` where it is decided by nobody's term. */
  readonly term: string;
  /** When the instances are made; database time when absent. */
  readonly now?: Date | undefined;
}

export interface DecidedDue {
  /** Slots decided, by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly laneIds: readonly number[];
  readonly tasks: number;
  readonly workflows: number;
  /** Runs were asked to end, to make room for the new ones. */
  readonly interrupted: boolean;
  /** More slots are due than one plan decides. */
  readonly more: boolean;
}

const RETRY_BROKEN_MS = 60_000;

/**
 * Decides the slots of schedules up to now and makes the instances of those that fire, in the caller's transaction. A slot has
 * one row for ever; who inserts it fires it, whatever was planned, killed or repeated before.
 */
export async function decideDue(ctx: Ctx, q: Queryable, { due, term, now }: DecideInput): Promise<DecidedDue> {
  const targets = await targetsOf(q, due);
  const open = await openOf(q, due);
  const plans = due.map((schedule) => planOrPutOff(ctx, schedule, open.get(schedule.id)));
  const { firing, outcomes } = await decide(q, term, plans, targets);
  const interrupted = await interrupt(q, plans, open);
  const fired = await fireSlots(ctx, q, firing, targets, now);
  await moveHighWater(
    q,
    plans.map(({ due: { id, revision }, highWater, nextAt }) => ({ id, revision, highWater, nextAt: nextAt ?? null })),
  );
  return {
    ...fired,
    outcomes,
    laneIds: [...fired.laneIds, ...interrupted.laneIds],
    interrupted: interrupted.cancelled,
    more: plans.some(({ due: { now: at }, nextAt }) => nextAt !== undefined && nextAt <= at),
  };
}

/** Hints for those who wait for what was fired, after the commit. */
export function announceDecided(ctx: Ctx, decided: DecidedDue): void {
  if (decided.laneIds.length > 0) ctx.wake.ready(decided.laneIds);
  if (decided.workflows > 0 || decided.interrupted) ctx.wake.workflowChanged();
  if (decided.tasks > 0) ctx.wake.delayed();
  if (decided.interrupted) ctx.wake.cancelRequested();
}

async function openOf(q: Queryable, due: readonly DueSchedule[]): Promise<Map<string, OpenRuns>> {
  const exclusive = due
    .filter((schedule) => readSpec(schedule.spec).overlap !== 'allow')
    .map((schedule) => schedule.id);
  const open = exclusive.length > 0 ? await openRuns(q, exclusive) : [];
  return new Map(open.map((runs) => [runs.schedule_id, runs]));
}

/** One schedule that cannot be planned must not stop the others: it is looked at again in a minute. */
function planOrPutOff(ctx: Ctx, due: DueSchedule, open: OpenRuns | undefined): PlannedSchedule {
  try {
    return planSchedule(due, open);
  } catch (error) {
    ctx.logger.error({ err: error, schedule_id: due.id, target: due.target_name }, 'schedule cannot be planned');
    const nextAt = new Date(due.now.getTime() + RETRY_BROKEN_MS);
    return { due, spec: readSpec(due.spec), decisions: [], highWater: due.high_water, nextAt, interrupt: undefined };
  }
}

async function decide(
  q: Queryable,
  term: string,
  plans: readonly PlannedSchedule[],
  targets: Targets,
): Promise<{ firing: FiringSlot[]; outcomes: Record<string, number> }> {
  const slots: NewSlot[] = [];
  const wanted = new Map<string, FiringSlot>();
  for (const { due, spec, decisions } of plans) {
    const fault = targetFault(targets, due);
    for (const { slot, outcome, reason, runAt } of decisions) {
      const refused = fault !== undefined && (outcome === 'fired' || outcome === 'buffered');
      const decided = refused ? { outcome: 'missed', reason: fault } : { outcome, reason };
      const fires = decided.outcome === 'fired' && hasTarget(targets, due) ? due.kind : undefined;
      slots.push({ scheduleId: due.id, slot, ...decided, fires });
      if (decided.outcome === 'fired') wanted.set(keyOf(due.id, slot), { due, spec, slot, runAt: runAt ?? slot });
    }
  }
  const outcomes: Record<string, number> = {};
  if (slots.length === 0) return { firing: [], outcomes };
  const firing: FiringSlot[] = [];
  for (const won of await insertSlots(q, term, slots)) {
    outcomes[won.outcome] = (outcomes[won.outcome] ?? 0) + 1;
    const slot = wanted.get(keyOf(won.schedule_id, won.slot));
    if (slot) firing.push({ ...slot, instanceId: won.instance_id ?? undefined });
  }
  return { firing, outcomes };
}

function keyOf(scheduleId: string, slot: Date): string {
  return `${scheduleId} ${slot.getTime()}`;
}

/** Ends what still runs of schedules whose policy lets a new run take its place. */
async function interrupt(
  q: Queryable,
  plans: readonly PlannedSchedule[],
  open: ReadonlyMap<string, OpenRuns>,
): Promise<{ cancelled: boolean; laneIds: readonly number[] }> {
  const replaced = plans.filter((plan) => plan.interrupt !== undefined).flatMap(({ due }) => open.get(due.id) ?? []);
  if (replaced.length === 0) return { cancelled: false, laneIds: [] };
  const ids = replaced.flatMap((runs) => runs.tasks);
  const reason = 'replaced by the next run of its schedule';
  const { freedKeys } = await cancelOpenTasks(q, { ids, reason, actor: 'scheduler' });
  const { laneIds } = freedKeys.length > 0 ? await admitBlocked(q, [...freedKeys]) : { laneIds: [] };
  for (const id of replaced.flatMap((runs) => runs.workflows)) {
    await requestWorkflowCancel(q, { id, reason, actor: 'scheduler' });
  }
  return { cancelled: true, laneIds };
}
