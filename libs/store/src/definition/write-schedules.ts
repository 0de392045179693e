import type { Queryable, Statement } from '../db.js';

/**
 * Stores schedules that are new or edited. They hold from `high_water` on: no slot of what was there before fires later. A
 * pause outlives an edit, and not a removal.
 *
 * Locks: the rows. Index: schedules (kind, target_name, ordinal). Idempotent: yes, but for the revision. Caller:
 * applyDefinitions.
 */
export const writeSchedulesStatement: Statement = {
  name: 'definition_write_schedules',
  text: `
insert into schedules as s (kind, target_name, ordinal, spec, high_water, next_at)
select u.kind, u.target_name, u.ordinal, u.spec::jsonb, $6::timestamptz, u.next_at
  from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::timestamptz[])
       as u (kind, target_name, ordinal, spec, next_at)
 order by u.kind, u.target_name, u.ordinal
on conflict (kind, target_name, ordinal) do update
   set spec = excluded.spec, active = true, paused_at = case when s.active then s.paused_at end,
       high_water = excluded.high_water, next_at = excluded.next_at, revision = s.revision + 1, updated_at = clock_timestamp()`,
};

export interface WrittenSchedule {
  readonly kind: 'task' | 'workflow';
  readonly targetName: string;
  readonly ordinal: number;
  /** JSON text. */
  readonly spec: string;
  readonly nextAt: Date | undefined;
}

export async function writeSchedules(
  q: Queryable,
  schedules: readonly WrittenSchedule[],
  highWater: Date,
): Promise<void> {
  await q.query(writeSchedulesStatement, [
    schedules.map((schedule) => schedule.kind),
    schedules.map((schedule) => schedule.targetName),
    schedules.map((schedule) => schedule.ordinal),
    schedules.map((schedule) => schedule.spec),
    schedules.map((schedule) => schedule.nextAt ?? null),
    highWater,
  ]);
}
