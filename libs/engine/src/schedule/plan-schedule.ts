import { planDue, type DuePlan, type ScheduleSpec, type SlotDecision } from '@taskflow/domain';
import type { DueSchedule, OpenRuns } from '@taskflow/store';

/** A schedule that is due, with what becomes of its slots. */
export interface PlannedSchedule {
  readonly due: DueSchedule;
  readonly spec: ScheduleSpec;
  readonly decisions: readonly SlotDecision[];
  readonly highWater: Date;
  readonly nextAt: Date | undefined;
  readonly interrupt: DuePlan['interrupt'];
}

export function readSpec(text: string): ScheduleSpec {
  return JSON.parse(text) as ScheduleSpec;
}

/** Decides the slots up to now. Those that came before a pause began are decided as if there were none. */
export function planSchedule(due: DueSchedule, open: OpenRuns | undefined): PlannedSchedule {
  const spec = readSpec(due.spec);
  const state = {
    running: open ? open.tasks.length + open.workflows.length : 0,
    buffered: open?.buffered ?? 0,
    active: due.target_active && due.version_id !== null,
    seed: due.id,
  };
  const { paused_at: pausedAt, high_water: highWater, now } = due;
  if (pausedAt === null || pausedAt <= highWater) {
    return planned(due, spec, [planDue(spec, { ...state, highWater, now, paused: pausedAt !== null })]);
  }
  const before = planDue(spec, { ...state, highWater, now: pausedAt, paused: false });
  if (before.more) return planned(due, spec, [before]);
  return planned(due, spec, [before, planDue(spec, { ...state, highWater: before.highWater, now, paused: true })]);
}

function planned(due: DueSchedule, spec: ScheduleSpec, plans: readonly DuePlan[]): PlannedSchedule {
  const last = plans.at(-1);
  return {
    due,
    spec,
    decisions: plans.flatMap((plan) => plan.decisions),
    highWater: last?.highWater ?? due.high_water,
    nextAt: last?.nextAt,
    interrupt: plans.find((plan) => plan.interrupt !== undefined)?.interrupt,
  };
}
