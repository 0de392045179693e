import type { Tables } from './tables.js';

/** See Backend.snapshot. Columns are those of the statement in ../postgres/snapshot.ts, in its order. */
export function snapshotOf(t: Tables): Record<string, unknown[]> {
  const task = ranks(t.records.all().map((record) => record.id));
  const run = ranks(t.runs.all().map((each) => each.id));
  const sessions = t.sessions.all().sort((a, b) => a.id - b.id);
  const session = ranks(sessions.map((each) => each.id));
  return {
    records: t.records
      .all()
      .sort((a, b) => a.id - b.id)
      .map((r) => [
        task(r.id),
        run(r.workflow_instance_id),
        r.node_key,
        r.task_name,
        r.status,
        r.reason,
        r.message,
        r.priority,
        r.attempt,
        r.failures,
        r.losses,
        r.flags,
        r.worker,
        r.run_at,
        r.expires_at,
        r.scheduled_for,
        r.started_at,
        r.finished_at,
      ]),
    runs: t.runs
      .all()
      .sort((a, b) => a.id - b.id)
      .map((r) => [
        run(r.id),
        r.workflow_name,
        r.status,
        r.reason,
        r.message,
        r.run_number,
        r.nodes_done,
        r.failing,
        r.cancel_requested_at,
        r.deadline_at,
        r.run_at,
        r.started_at,
        r.finished_at,
      ]),
    queue: sorted(t.queue.all().map((q) => [task(q.id), q.lane_id, q.rank, q.attempt, q.flags])),
    delayed: sorted(t.delayed.all().map((d) => [task(d.id), d.due_at])),
    blocked: sorted(t.blocked.all().map((b) => [task(b.id), b.limit_key, b.rank])),
    places: sorted(t.places.all().map((p) => [task(p.id), p.limit_key, p.slot_no])),
    leases: sorted(
      t.leases
        .all()
        .map((l) => [
          task(l.id),
          l.attempt,
          session(l.session_id),
          l.flags,
          l.leased_at,
          l.deadline_at,
          l.cancel_requested_at,
        ]),
    ),
    attempts: sorted(
      t.attempts.all().map((a) => [task(a.task_instance_id), a.attempt, a.worker, a.outcome, a.next_status, a.reason]),
    ),
    events: t.events
      .all()
      .map((e) => [task(e.task_instance_id), run(e.workflow_instance_id), e.type, e.reason])
      .sort(byText),
    changes: t.changes
      .all()
      .sort((a, b) => a.id - b.id)
      .map((c) => [run(c.workflow_instance_id), task(c.task_instance_id), c.kind]),
    keys: t.keys
      .all()
      .map((k) => [k.task_or_workflow, k.key, task(k.task_instance_id), run(k.workflow_instance_id)])
      .sort(byText),
    slots: sorted(
      t.slots
        .all()
        .map((s) => [
          s.schedule_id,
          s.slot,
          s.outcome,
          s.reason,
          task(s.task_instance_id),
          run(s.workflow_instance_id),
        ]),
    ),
    schedules: sorted(t.schedules.all().map((s) => [s.id, s.high_water, s.next_at])),
    sessions: sessions.map((s) => [session(s.id), s.worker, s.lease_until, s.closed_at, s.close_reason]),
    seats: t.seats.all().map((s) => [s.term, s.holder]),
  };
}

/** Ids as their places in order: sequences leave gaps. */
function ranks(ids: readonly number[]): (id: number | null) => number | null {
  const places = new Map([...ids].sort((a, b) => a - b).map((id, index) => [id, index + 1]));
  return (id) => (id === null ? null : (places.get(id) ?? 0));
}

function sorted(rows: unknown[][]): unknown[][] {
  return rows.sort((a, b) => Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1]) || byText(a, b));
}

function byText(a: unknown, b: unknown): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}
