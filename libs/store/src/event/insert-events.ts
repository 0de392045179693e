import type { Queryable, Statement } from '../db.js';

/**
 * Appends to the history of instances.
 *
 * Locks: none. Index: none. Idempotent: no; it stands in the transaction of what it tells. Caller: whoever changes
 * instances by more than one statement.
 */
export const insertEventsStatement: Statement = {
  name: 'event_insert',
  text: `
insert into task_events (task_instance_id, workflow_instance_id, type, actor, reason, detail)
select u.task_instance_id, u.workflow_instance_id, u.type, $1, u.reason, u.detail::jsonb
  from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])
         u (task_instance_id, workflow_instance_id, type, reason, detail)`,
};

export interface NewEvent {
  readonly taskInstanceId?: string | undefined;
  readonly workflowInstanceId?: string | undefined;
  readonly type: string;
  readonly reason?: string | undefined;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

export async function insertEvents(q: Queryable, actor: string, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await q.query(insertEventsStatement, [
    actor,
    events.map((event) => event.taskInstanceId ?? null),
    events.map((event) => event.workflowInstanceId ?? null),
    events.map((event) => event.type),
    events.map((event) => event.reason ?? null),
    events.map((event) => (event.detail ? JSON.stringify(event.detail) : null)),
  ]);
}
