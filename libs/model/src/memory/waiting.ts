import type { RecordRow } from './rows.js';
import { noteEvent } from './note-event.js';
import type { Tables } from './tables.js';

/** How instances end that wait. */
export interface WaitingEnd {
  readonly status: 'cancelled' | 'dequeued';
  readonly reason: string;
  readonly message: string;
  /** The unique key goes to someone else. */
  readonly keepsKey?: boolean;
  /** Taken out of where they waited before. */
  readonly loose?: readonly number[];
}

/** Ends those of these instances that wait in the queue, for their time or for a limit; frees what they hold. */
export function endWaiting(
  t: Tables,
  ids: readonly number[],
  end: WaitingEnd,
): { ended: RecordRow[]; freed: string[] } {
  const off = ids.filter((id) => {
    const queued = t.queue.delete(id) !== undefined;
    const delayed = t.delayed.delete(id) !== undefined;
    const blocked = t.blocked.delete(id) !== undefined;
    return queued || delayed || blocked;
  });
  const { status, reason, message, keepsKey = false, loose = [] } = end;
  const ended = [...off, ...loose].flatMap((id) => {
    if (t.records.get(id)?.finished_at !== null) return [];
    const cancel = status === 'cancelled' ? { cancel_requested_at: t.now, cancel_reason: message } : {};
    const record = t.records.update(id, { status, reason, message, finished_at: t.now, ...cancel });
    const { workflow_instance_id } = record;
    if (workflow_instance_id !== null) noteChange(t, workflow_instance_id, id);
    if (!keepsKey) freeKey(t, id);
    noteEvent(t, { task_instance_id: id, workflow_instance_id, type: status, reason });
    return [record];
  });
  return { ended, freed: freePlaces(t, new Set(ended.map((record) => record.id))) };
}

/** Marks the run of an instance that has ended. Gives the id of the change. */
export function noteChange(t: Tables, workflow_instance_id: number, task_instance_id: number): number {
  const id = t.next('workflow_changes');
  t.changes.insert(id, { id, workflow_instance_id, task_instance_id, kind: 'task_ended' });
  return id;
}

/** Gives the limits in which places became free. */
export function freePlaces(t: Tables, ids: ReadonlySet<number>): string[] {
  const held = t.places.all((place) => ids.has(place.id));
  for (const { limit_key, slot_no } of held) t.places.delete(`${limit_key} ${slot_no}`);
  return [...new Set(held.map((place) => place.limit_key))].sort();
}

/** Frees a key that is held until its instance has ended. */
export function freeKey(t: Tables, taskInstanceId: number): void {
  for (const row of t.keys.all((key) => key.task_instance_id === taskInstanceId && key.expires_at === null)) {
    t.keys.delete(`${row.task_or_workflow} ${row.key}`);
  }
}

/** The same for a workflow instance. */
export function freeRunKey(t: Tables, runId: number): void {
  for (const row of t.keys.all((key) => key.workflow_instance_id === runId && key.expires_at === null)) {
    t.keys.delete(`${row.task_or_workflow} ${row.key}`);
  }
}
