import { column } from '../columns.js';
import type { Queryable, Statement } from '../db.js';

/**
 * Makes versions of Workflows the current ones. Whether a Workflow is active is set only when it is new.
 *
 * Locks: the rows, in the order of their names. Index: primary key. Idempotent: yes. Caller: applyDefinitions.
 */
export const upsertWorkflowsStatement: Statement = {
  name: 'definition_upsert_workflows',
  text: `
insert into workflows as w (name, active, version_id, title, description, default_priority, concurrency)
select * from unnest($1::text[], $2::boolean[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::integer[]) as u (name)
 order by u.name
on conflict (name) do update
   set version_id = excluded.version_id, title = excluded.title, description = excluded.description,
       default_priority = excluded.default_priority, concurrency = excluded.concurrency, updated_at = clock_timestamp()
 where w.version_id <> excluded.version_id`,
};

export interface CurrentWorkflow {
  readonly name: string;
  readonly active: boolean;
  readonly versionId: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly defaultPriority: string;
  readonly concurrency?: number | undefined;
}

export async function upsertWorkflows(q: Queryable, workflows: readonly CurrentWorkflow[]): Promise<void> {
  await q.query(upsertWorkflowsStatement, [
    column(workflows, (workflow) => workflow.name),
    column(workflows, (workflow) => workflow.active),
    column(workflows, (workflow) => workflow.versionId),
    column(workflows, (workflow) => workflow.title),
    column(workflows, (workflow) => workflow.description),
    column(workflows, (workflow) => workflow.defaultPriority),
    column(workflows, (workflow) => workflow.concurrency),
  ]);
}
