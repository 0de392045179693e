import { nextSlot, parseSchedule, type ScheduleSpec, type Sla } from '@taskflow/domain';

export interface SlotDeadlines {
  readonly startWithinMs?: number | undefined;
  readonly finishWithinMs?: number | undefined;
  readonly finishBy?: Date | undefined;
}

/** The deadlines of the run of one slot: the earlier of `finish_within` and the next `expected_by` in the schedule's zone. */
export function slotDeadlines(sla: Sla | undefined, spec: ScheduleSpec, slot: Date, runAt: Date): SlotDeadlines {
  if (!sla) return {};
  const { start_within_ms: startWithinMs, finish_within_ms: finishWithinMs, expected_by: expectedBy } = sla;
  if (expectedBy === undefined) return { startWithinMs, finishWithinMs };
  const [hour, minute] = expectedBy.split(':');
  const daily = parseSchedule({ cron: `${Number(minute)} ${Number(hour)} * * *`, timezone: spec.timezone }, 'sla');
  const expected = nextSlot(daily, slot);
  const within = finishWithinMs === undefined ? undefined : new Date(runAt.getTime() + finishWithinMs);
  const finishBy = within !== undefined && (expected === undefined || within < expected) ? within : expected;
  return { startWithinMs, finishBy };
}
