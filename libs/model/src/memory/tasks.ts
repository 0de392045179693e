import { FRESH, INSERT_STATEMENTS } from './insert-tasks.js';
import { noteEvent } from './note-event.js';
import type { RecordRow } from './rows.js';
import { orNow, statement, toNumbers, toText, type MemoryStatements } from './statement.js';
import type { Tables } from './tables.js';
import { endWaiting } from './waiting.js';

const EXPIRED = {
  status: 'dequeued',
  reason: 'EXPIRED',
  message: 'Its time to start ran out while it waited.',
} as const;

export const TASK_STATEMENTS: MemoryStatements = {
  ...INSERT_STATEMENTS,
  task_exists: statement<[string]>((t, [id]) => (t.records.has(Number(id)) ? [{ id }] : [])),
  task_cancel_queued: statement<[string[], string[], string, string]>((t, [runs, ids, message]) => {
    const open = openOf(t, runs, ids).map((record) => record.id);
    const { ended, freed } = endWaiting(t, open, { status: 'cancelled', reason: 'CANCELLED', message });
    return [{ ids: ended.map((record) => String(record.id)), freed_keys: freed }];
  }),
  task_request_cancel_running: statement<[string[], string[], string, string]>((t, [runs, ids, reason]) =>
    openOf(t, runs, ids).flatMap(({ id, workflow_instance_id }) => {
      const lease = t.leases.get(id);
      if (lease === undefined || lease.cancel_requested_at !== null) return [];
      t.leases.update(id, { cancel_requested_at: t.now, cancel_reason: reason });
      noteEvent(t, { task_instance_id: id, workflow_instance_id, type: 'cancel_requested', reason: 'CANCELLED' });
      return [{ id: String(id) }];
    }),
  ),
  task_take_expiries: statement<[Date | null, number]>((t, [now, limit]) =>
    t.expiries
      .all((row) => row.expires_at <= orNow(t, now))
      .sort((a, b) => a.expires_at - b.expires_at || a.id - b.id)
      .slice(0, limit)
      .map(({ id }) => {
        t.expiries.delete(id);
        return { id: String(id) };
      }),
  ),
  task_dequeue_expired: statement<[string[], string[]]>((t, [ids, loose]) => {
    const fresh = [...toNumbers(ids)].filter((id) => {
      const record = t.records.get(id);
      return record?.finished_at === null && record.attempt === 0 && record.expires_at !== null;
    });
    const { ended, freed } = endWaiting(t, fresh, { ...EXPIRED, loose: loose.map(Number) });
    const of_workflow = ended.some((record) => record.workflow_instance_id !== null);
    return [{ ids: ended.map((record) => String(record.id)), of_workflow, freed_keys: freed }];
  }),
  task_promote_delayed: statement<[Date | null, number, string]>((t, [now, limit, offsets]) => {
    const ahead = JSON.parse(offsets) as Record<string, number>;
    const placed = new Set(t.places.all().map((place) => place.id));
    return t.delayed
      .all((row) => row.due_at <= orNow(t, now))
      .sort((a, b) => a.due_at - b.due_at || a.id - b.id)
      .slice(0, limit)
      .flatMap(({ id, due_at }) => {
        const record = t.records.get(id);
        t.delayed.delete(id);
        if (record === undefined) return [];
        const { lane_id, attempt, flags, limit_keys, expires_at } = record;
        const rank = due_at + (ahead[record.priority] ?? 0);
        const expired = attempt === 0 && expires_at !== null && expires_at <= orNow(t, now);
        if (!expired) {
          if (limit_keys === null || placed.has(id)) t.queue.insert(id, { lane_id, rank, id, attempt, flags });
          else t.blocked.insert(id, { id, limit_key: limit_keys[0] ?? '', rank });
        }
        return [{ id: String(id), lane_id, limit_keys, expired }];
      });
  }),
  task_redrive: statement<[string, string[], string, string]>((t, [text, from, offsets]) => {
    const record = t.records.get(Number(text));
    if (record === undefined) return [];
    const { id, status: was, workflow_instance_id: run, lane_id, attempt, limit_keys, priority } = record;
    const found = { was, workflow_instance_id: toText(run), lane_id: null, limit_keys: null };
    if (run !== null || !from.includes(was)) return [found];
    const flags = record.flags & ~2;
    t.records.update(id, { ...FRESH, flags, run_at: t.now });
    const rank = t.now + ((JSON.parse(offsets) as Record<string, number>)[priority] ?? 0);
    if (limit_keys === null) t.queue.insert(id, { lane_id, rank, id, attempt, flags });
    else t.blocked.insert(id, { id, limit_key: limit_keys[0] ?? '', rank });
    noteEvent(t, { task_instance_id: id, type: 'redriven' });
    return [{ ...found, lane_id, limit_keys }];
  }),
};

function openOf(t: Tables, runs: readonly string[], ids: readonly string[]): RecordRow[] {
  const ofRuns = toNumbers(runs);
  const these = toNumbers(ids);
  const wanted = ({ id, workflow_instance_id: run }: RecordRow) => these.has(id) || (run !== null && ofRuns.has(run));
  return t.records.all((record) => record.finished_at === null && wanted(record)).sort((a, b) => a.id - b.id);
}
