import { noteEvent } from './note-event.js';
import { at, orNow, toNumbers } from './statement.js';
import type { Tables } from './tables.js';
import { insertRows } from './insert-tasks.js';
import { freeRunKey } from './waiting.js';

export type ProgressValues = [
  ids: string[],
  done: number[],
  failing: boolean[],
  statuses: (string | null)[],
  reasons: (string | null)[],
  messages: (string | null)[],
  leaves: unknown,
  now: Date | null,
];

/** `workflow_record_progress` */
export function recordProgress(t: Tables, values: ProgressValues): object[] {
  const [ids, done, failing, statuses, reasons, messages, , now] = values;
  return ids.flatMap((text, index) => {
    const run = t.runs.get(Number(text));
    if (run?.status !== 'running') return [];
    const { id } = run;
    const end = at(statuses, index);
    const moved = t.runs.update(id, {
      nodes_done: done[index] ?? 0,
      failing: failing[index] ?? false,
      status: end ?? run.status,
      reason: at(reasons, index) ?? run.reason,
      message: at(messages, index) ?? run.message,
      finished_at: end === null ? null : orNow(t, now),
    });
    if (end !== null) {
      noteEvent(t, { workflow_instance_id: id, type: end, reason: moved.reason });
      freeRunKey(t, id);
    }
    return [{ id: text, status: moved.status }];
  });
}

const INSERTED = 30;

/** `workflow_apply_step`: all of it, or nothing where something is not as it was thought to be. */
export function applyStep(t: Tables, values: readonly unknown[]): object[] {
  const [seat, term, changeIds, ...progress] = values.slice(INSERTED) as StepValues;
  const [ids, , , , , , , before, names, versions, lanes, , durable] = progress;
  const changes = [...toNumbers(changeIds)];
  const stands =
    t.seats.get(seat)?.term === Number(term) &&
    changes.every((id) => t.changes.has(id)) &&
    ids.every((id, index) => {
      const run = t.runs.get(Number(id));
      const plain =
        run?.status === 'running' && !run.failing && run.cancel_requested_at === null && run.reason === null;
      return plain && run.nodes_done === before[index];
    }) &&
    names.every((name, index) => {
      const task = t.tasks.get(name);
      return task?.version_id === Number(versions[index]) && task.lane_id === lanes[index];
    });
  if (!stands) return [];
  for (const id of changes) t.changes.delete(id);
  insertRows(t, values, true);
  const [ended, done, failing, statuses, reasons, messages] = progress;
  if (!durable) t.journal.relax();
  return recordProgress(t, [ended, done, failing, statuses, reasons, messages, null, null]);
}

type StepValues = [
  seat: string,
  term: string,
  changeIds: string[],
  ids: string[],
  done: number[],
  failing: boolean[],
  statuses: (string | null)[],
  reasons: (string | null)[],
  messages: (string | null)[],
  leaves: unknown,
  before: number[],
  names: string[],
  versions: string[],
  lanes: number[],
  readyLanes: unknown,
  durable: boolean,
];
