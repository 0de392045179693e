import type { Queryable, Statement } from '../db.js';

/**
 * What the names of a submission stand for at this moment.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only. Caller: submit.
 */
export const findTargetsStatement: Statement = {
  name: 'submission_find_targets',
  text: `
select 'task' as kind, name, version_id, lane_id, default_priority from tasks where name = any ($1::text[])
 union all
select 'workflow', name, version_id, null, default_priority from workflows where name = any ($2::text[])`,
};

export interface SubmissionTarget {
  readonly kind: 'task' | 'workflow';
  readonly name: string;
  readonly version_id: string;
  /** Null for a Workflow. */
  readonly lane_id: number | null;
  readonly default_priority: string;
}

export function findTargets(
  q: Queryable,
  names: { readonly tasks: readonly string[]; readonly workflows: readonly string[] },
): Promise<SubmissionTarget[]> {
  return q.query<SubmissionTarget>(findTargetsStatement, [names.tasks, names.workflows]);
}
