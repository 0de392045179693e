import { canonicalJson, nextSlot, type ScheduleSpec } from '@taskflow/domain';
import { lockSchedules, retireSchedules, writeSchedules, type Queryable, type WrittenSchedule } from '@taskflow/store';
import type { ReadTask, ReadWorkflow } from './read-definitions.js';

/** What definitions change in the schedules that are stored. */
export interface ScheduleEdits {
  /** Ids of stored schedules that end with this edit, in their present form or for good. */
  readonly ending: readonly string[];
  /** Those of them that are gone. */
  readonly gone: readonly string[];
  readonly written: readonly WrittenSchedule[];
}

/** Compares the schedules of definitions with the stored ones, and locks these. An untouched one is left alone. */
export async function findScheduleEdits(
  q: Queryable,
  definitions: readonly (ReadTask | ReadWorkflow)[],
  now: Date,
): Promise<ScheduleEdits> {
  const stored = await lockSchedules(q, definitions);
  const known = new Map(stored.map((row) => [`${row.kind} ${row.target_name} ${row.ordinal}`, row]));
  const written: WrittenSchedule[] = [];
  const edited: string[] = [];
  for (const { kind, name, spec } of definitions) {
    for (const [ordinal, schedule] of spec.schedule.entries()) {
      const key = `${kind} ${name} ${ordinal}`;
      const before = known.get(key);
      known.delete(key);
      if (before?.active && isSame(before.spec, schedule)) continue;
      if (before?.active) edited.push(before.id);
      const nextAt = nextSlot(schedule, now);
      written.push({ kind, targetName: name, ordinal, spec: JSON.stringify(schedule), nextAt });
    }
  }
  const gone = [...known.values()].filter((row) => row.active).map((row) => row.id);
  return { ending: [...edited, ...gone], gone, written };
}

/** An edited or new one holds from `now` on; one that is gone fires no more. */
export async function writeScheduleEdits(q: Queryable, { gone, written }: ScheduleEdits, now: Date): Promise<void> {
  if (gone.length > 0) await retireSchedules(q, gone);
  if (written.length > 0) await writeSchedules(q, written, now);
}

function isSame(stored: string, schedule: ScheduleSpec): boolean {
  return canonicalJson(JSON.parse(stored)) === canonicalJson(schedule);
}
