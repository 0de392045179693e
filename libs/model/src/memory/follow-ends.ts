import { noteEvent } from './note-event.js';
import type { LeaseRow } from './rows.js';
import type { Tables } from './tables.js';
import { freeKey, freePlaces, noteChange } from './waiting.js';

/** An attempt that has lost its lease, and what was decided to follow. */
export interface AttemptEnd {
  readonly lease: LeaseRow;
  readonly outcome: string;
  readonly nextStatus: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly delayMs: number;
  readonly failures: number;
  readonly losses: number;
}

/** `FOLLOW_ENDS`: the record, the attempt's row, another try or freed limits and keys, the workflow's change. */
export function followEnds(
  t: Tables,
  ends: readonly AttemptEnd[],
  offsets: Readonly<Record<string, number>>,
): object[] {
  return ends.flatMap((end) => {
    const { lease, outcome, nextStatus, reason, delayMs } = end;
    const { id, attempt, lease_id, session_id } = lease;
    const before = t.records.get(id);
    if (before === undefined) return [];
    const worker = t.sessions.get(session_id)?.worker ?? null;
    const record = t.records.update(id, {
      status: nextStatus,
      attempt,
      failures: before.failures + end.failures,
      losses: before.losses + end.losses,
      reason,
      message: end.message,
      output: null,
      worker,
      started_at: before.started_at ?? lease.leased_at,
      finished_at: nextStatus === 'retry' ? null : t.now,
    });
    t.attempts.insert(`${id} ${attempt}`, {
      task_instance_id: id,
      attempt,
      lease_id,
      worker,
      session_id,
      outcome,
      next_status: nextStatus,
      reason,
    });
    const { workflow_instance_id, limit_keys, lane_id, flags } = record;
    if (outcome === 'lost') noteEvent(t, { task_instance_id: id, workflow_instance_id, type: 'lease_lost', reason });
    if (limit_keys !== null) freePlaces(t, new Set([id]));
    if (nextStatus === 'retry') {
      const rank = t.now + (offsets[record.priority] ?? 0);
      if (delayMs > 0) t.delayed.insert(id, { id, due_at: t.now + delayMs });
      else if (limit_keys === null) t.queue.insert(id, { lane_id, rank, id, attempt, flags });
      else t.blocked.insert(id, { id, limit_key: limit_keys[0] ?? '', rank });
    } else {
      if ((flags & 2) !== 0) freeKey(t, id);
      if (workflow_instance_id !== null) noteChange(t, workflow_instance_id, id);
    }
    return [
      {
        id: String(id),
        lease_id: String(lease_id),
        lane_id,
        next_status: nextStatus,
        delay_ms: String(delayMs),
        of_workflow: workflow_instance_id !== null,
        limit_keys,
      },
    ];
  });
}
