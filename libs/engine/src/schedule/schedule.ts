import { describeCron, type ScheduleSpec } from '@taskflow/domain';
import type { ScheduleRow } from '@taskflow/store';
import { readSpec } from './plan-schedule.js';

/** A schedule of a Task or Workflow, as callers see it. */
export interface Schedule {
  readonly id: string;
  readonly kind: 'task' | 'workflow';
  readonly target: string;
  /** Position among the target's schedules, from 0. */
  readonly ordinal: number;
  readonly spec: ScheduleSpec;
  /** In plain English. */
  readonly description: string;
  readonly active: boolean;
  readonly pausedAt: Date | undefined;
  readonly nextAt: Date | undefined;
  /** Every slot up to this moment has a row. */
  readonly highWater: Date;
}

export function scheduleOf(row: ScheduleRow): Schedule {
  const spec = readSpec(row.spec);
  return {
    id: row.id,
    kind: row.kind,
    target: row.target_name,
    ordinal: row.ordinal,
    spec,
    description: describeCron(spec),
    active: row.active,
    pausedAt: row.paused_at ?? undefined,
    nextAt: row.next_at ?? undefined,
    highWater: row.high_water,
  };
}
