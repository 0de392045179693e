import type { Queryable, Statement } from '../db.js';

/**
 * The schedules of these targets, removed ones included.
 *
 * Locks: the rows FOR UPDATE, in the order of their ids; waits for the scheduler to finish with them. Index: schedules (kind,
 * target_name, ordinal). Idempotent: reads only. Caller: applyDefinitions.
 */
export const lockSchedulesStatement: Statement = {
  name: 'definition_lock_schedules',
  text: `
select s.id, s.kind, s.target_name, s.ordinal, s.spec::text as spec, s.active
  from schedules s
 where (s.kind, s.target_name) in (select * from unnest($1::text[], $2::text[]))
 order by s.id
   for update of s`,
};

export interface StoredSchedule {
  readonly id: string;
  readonly kind: 'task' | 'workflow';
  readonly target_name: string;
  readonly ordinal: number;
  /** JSON text. */
  readonly spec: string;
  readonly active: boolean;
}

export function lockSchedules(
  q: Queryable,
  targets: readonly { readonly kind: string; readonly name: string }[],
): Promise<StoredSchedule[]> {
  return q.query<StoredSchedule>(lockSchedulesStatement, [
    targets.map((target) => target.kind),
    targets.map((target) => target.name),
  ]);
}
