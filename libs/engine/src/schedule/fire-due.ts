import {
  fenceTerm,
  insertSlots,
  lockDue,
  moveHighWater,
  openRuns,
  requestWorkflowCancel,
  type DueSchedule,
  type NewSlot,
  type OpenRuns,
  type Queryable,
} from '@taskflow/store';
import type { SchedulerCtx } from '../context.js';
import { admitBlocked } from '../limit/admit-blocked.js';
import { cancelOpenTasks } from '../task/cancel-open-tasks.js';
import { fireSlots, targetFault, targetsOf, type FiringSlot, type Targets } from './fire-slots.js';
import { planSchedule, readSpec, type PlannedSchedule } from './plan-schedule.js';

export interface FireInput {
  /** Most schedules in one transaction; 1,000 by default. */
  readonly limit?: number | undefined;
  /** Database time when absent. */
  readonly now?: Date | undefined;
}

export interface Fired {
  /** Schedules that were due; as many as the limit means that there may be more. */
  readonly schedules: number;
  /** Slots decided, by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
}

const LIMIT = 1000;
const RETRY_BROKEN_MS = 60_000;

/**
 * Decides every slot that is due and makes the instances of those that fire: slots, instances and high-water marks in one
 * transaction. A slot has one row for ever; who inserts it fires it, whatever was planned, killed or repeated before.
 */
export async function fireDue(ctx: SchedulerCtx, input: FireInput = {}): Promise<Fired> {
  const { limit = LIMIT, now } = input;
  const result = await ctx.db.tx(async (q) => {
    await fenceTerm(q, ctx.term);
    const due = await lockDue(q, { limit, now });
    if (due.length === 0) return undefined;
    const targets = await targetsOf(q, due);
    const open = await openOf(q, due);
    const plans = due.map((schedule) => planOrPutOff(ctx, schedule, open.get(schedule.id)));
    const { firing, outcomes } = await decide(ctx, q, plans, targets);
    const interrupted = await interrupt(q, plans, open);
    const fired = await fireSlots(ctx, q, firing, targets, now);
    await moveHighWater(
      q,
      plans.map(({ due: { id, revision }, highWater, nextAt }) => ({
        id,
        revision,
        highWater,
        nextAt: nextAt ?? null,
      })),
    );
    return { schedules: due.length, outcomes, fired, interrupted };
  });
  if (!result) return { schedules: 0, outcomes: {} };
  const { fired, interrupted } = result;
  const laneIds = [...fired.laneIds, ...interrupted.laneIds];
  if (laneIds.length > 0) ctx.wake.ready(laneIds);
  if (fired.workflows > 0 || interrupted.cancelled) ctx.wake.workflowChanged();
  if (fired.tasks > 0) ctx.wake.delayed();
  if (interrupted.cancelled) ctx.wake.cancelRequested();
  return { schedules: result.schedules, outcomes: result.outcomes };
}

async function openOf(q: Queryable, due: readonly DueSchedule[]): Promise<Map<string, OpenRuns>> {
  const exclusive = due
    .filter((schedule) => readSpec(schedule.spec).overlap !== 'allow')
    .map((schedule) => schedule.id);
  const open = exclusive.length > 0 ? await openRuns(q, exclusive) : [];
  return new Map(open.map((runs) => [runs.schedule_id, runs]));
}

/** One schedule that cannot be planned must not stop the others: it is looked at again in a minute. */
function planOrPutOff(ctx: SchedulerCtx, due: DueSchedule, open: OpenRuns | undefined): PlannedSchedule {
  try {
    return planSchedule(due, open);
  } catch (error) {
    ctx.logger.error({ err: error, schedule_id: due.id, target: due.target_name }, 'schedule cannot be planned');
    const nextAt = new Date(due.now.getTime() + RETRY_BROKEN_MS);
    return { due, spec: readSpec(due.spec), decisions: [], highWater: due.high_water, nextAt, interrupt: undefined };
  }
}

async function decide(
  ctx: SchedulerCtx,
  q: Queryable,
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
      slots.push({ scheduleId: due.id, slot, ...decided });
      if (decided.outcome === 'fired') wanted.set(keyOf(due.id, slot), { due, spec, slot, runAt: runAt ?? slot });
    }
  }
  const outcomes: Record<string, number> = {};
  if (slots.length === 0) return { firing: [], outcomes };
  const firing: FiringSlot[] = [];
  for (const won of await insertSlots(q, ctx.term, slots)) {
    outcomes[won.outcome] = (outcomes[won.outcome] ?? 0) + 1;
    const slot = wanted.get(keyOf(won.schedule_id, won.slot));
    if (slot) firing.push(slot);
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
