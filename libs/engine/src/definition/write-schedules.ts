import { canonicalJson, nextSlot, type ScheduleSpec } from '@taskflow/domain';
import { lockSchedules, retireSchedules, writeSchedules, type Queryable, type WrittenSchedule } from '@taskflow/store';
import type { ReadTask, ReadWorkflow } from './read-definitions.js';

/**
 * Brings the schedules of definitions to what they say now. An untouched one keeps its high-water mark and its pause; an
 * edited or new one holds from `now` on; one that is gone fires no more.
 */
export async function applySchedules(
  q: Queryable,
  definitions: readonly (ReadTask | ReadWorkflow)[],
  now: Date,
): Promise<void> {
  const stored = await lockSchedules(q, definitions);
  const known = new Map(stored.map((row) => [`${row.kind} ${row.target_name} ${row.ordinal}`, row]));
  const written: WrittenSchedule[] = [];
  for (const { kind, name, spec } of definitions) {
    for (const [ordinal, schedule] of spec.schedule.entries()) {
      const key = `${kind} ${name} ${ordinal}`;
      const before = known.get(key);
      known.delete(key);
      if (before?.active && isSame(before.spec, schedule)) continue;
      const nextAt = nextSlot(schedule, now);
      written.push({ kind, targetName: name, ordinal, spec: JSON.stringify(schedule), nextAt });
    }
  }
  const gone = [...known.values()].filter((row) => row.active).map((row) => row.id);
  if (gone.length > 0) await retireSchedules(q, gone);
  if (written.length > 0) await writeSchedules(q, written, now);
}

function isSame(stored: string, schedule: ScheduleSpec): boolean {
  return canonicalJson(JSON.parse(stored)) === canonicalJson(schedule);
}
