import type { Tables } from './tables.js';

/** Appends to the history. */
export function noteEvent(
  t: Tables,
  event: {
    readonly task_instance_id?: number | null;
    readonly workflow_instance_id?: number | null;
    readonly type: string;
    readonly reason?: string | null;
  },
): void {
  const { task_instance_id = null, workflow_instance_id = null, type, reason = null } = event;
  const id = t.next('task_events');
  t.events.insert(id, { id, task_instance_id, workflow_instance_id, type, reason });
}
