import { applyStep, recordProgress, type ProgressValues } from './run-progress.js';
import { noteEvent } from './note-event.js';
import type { ChangeRow, RunRow } from './rows.js';
import { at, orNow, statement, toDate, toNumbers, toText, type MemoryStatements } from './statement.js';
import type { Tables } from './tables.js';
import { FRESH } from './insert-tasks.js';
import { freeRunKey } from './waiting.js';

const UNSUCCESSFUL = ['failed', 'cancelled', 'dequeued', 'skipped'];

export const RUN_STATEMENTS: MemoryStatements = {
  workflow_insert_instances: statement<InsertValues>((t, values) => {
    const [now, ids, names, versions, priorities, params, runAts, scheduledFors, schedules, keys, , totals] = values;
    return names.map((workflow_name, index) => {
      const given = at(ids, index);
      const schedule = at(schedules, index);
      const id = given === null ? t.next('workflow_instances') : Number(given);
      t.runs.insert(id, {
        ...NOT_STARTED,
        id,
        workflow_name,
        version_id: Number(versions[index]),
        priority: priorities[index] ?? '',
        params: at(params, index) ?? '{}',
        run_at: at(runAts, index)?.getTime() ?? orNow(t, now),
        scheduled_for: at(scheduledFors, index)?.getTime() ?? null,
        schedule_id: schedule === null ? null : Number(schedule),
        unique_key: at(keys, index),
        run_number: 1,
        nodes_total: totals[index] ?? 0,
        nodes_done: 0,
      });
      return { id: String(id) };
    });
  }),
  workflow_pick_startable: statement<[number, Date | null, string]>((t, [limit, now, offsets]) => {
    const ahead = JSON.parse(offsets) as Record<string, number>;
    const rank = (run: RunRow): number => run.run_at + (ahead[run.priority] ?? 0);
    const due = t.runs
      .all((run) => run.status === 'queued' && run.run_at <= orNow(t, now))
      .sort((a, b) => rank(a) - rank(b) || a.id - b.id);
    const room = new Map<string, number>();
    for (const { name, concurrency } of t.workflows.values()) {
      const running = t.runs.all((run) => run.status === 'running' && run.workflow_name === name).length;
      room.set(name, concurrency === null ? limit : concurrency - running);
    }
    const chosen = due.filter(({ workflow_name: name }) => {
      const left = room.get(name) ?? 0;
      room.set(name, left - 1);
      return left > 0;
    });
    return chosen.slice(0, limit).map((run) => ({
      ...shown(run),
      params: run.params,
      run_at: toDate(run.run_at),
      scheduled_for: toDate(run.scheduled_for),
    }));
  }),
  workflow_mark_running: statement<[string[], (string | number | null)[], Date | null]>((t, [ids, timeouts, now]) =>
    ids.flatMap((id, index) => {
      if (t.runs.get(Number(id))?.status !== 'queued') return [];
      const started_at = orNow(t, now);
      const timeout = at(timeouts, index);
      const deadline_at = timeout === null ? null : started_at + Number(timeout);
      t.runs.update(Number(id), { status: 'running', started_at, finished_at: null, deadline_at });
      noteEvent(t, { workflow_instance_id: Number(id), type: 'started' });
      return [{ id, started_at: toDate(started_at), deadline_at: toDate(deadline_at) }];
    }),
  ),
  workflow_lock_runs: statement<[string[]]>((t, [ids]) =>
    [...toNumbers(ids)]
      .sort((a, b) => a - b)
      .flatMap((id) => t.runs.get(id) ?? [])
      .filter((run) => run.status === 'running')
      .map(shown),
  ),
  workflow_load_nodes: statement<[string[]]>((t, [ids]) => {
    const wanted = toNumbers(ids);
    return t.records
      .all(({ workflow_instance_id: run }) => run !== null && wanted.has(run))
      .map(({ id, workflow_instance_id, node_key, status, reason, finished_at }) => {
        const started = t.runs.get(workflow_instance_id ?? 0)?.started_at ?? null;
        const stale = status !== 'success' && finished_at !== null && started !== null && finished_at < started;
        return { workflow_instance_id: String(workflow_instance_id), id: String(id), node_key, status, reason, stale };
      });
  }),
  workflow_take_changes: statement<[number]>((t, [limit]) => {
    const oldest = t.changes.all().sort((a, b) => a.id - b.id);
    return takeChanges(t, oldest.slice(0, limit));
  }),
  workflow_retake_changes: statement<[string[]]>((t, [ids]) => {
    const wanted = toNumbers(ids);
    return takeChanges(
      t,
      t.changes.all((change) => wanted.has(change.id)).sort((a, b) => a.id - b.id),
    );
  }),
  workflow_record_progress: statement<ProgressValues>(recordProgress),
  workflow_apply_step: statement<unknown[]>(applyStep),
  workflow_requeue_nodes: statement<[string[], string[], number[], string[], number[]]>(
    (t, [ids, versions, lanes, params, offsets]) =>
      ids.flatMap((text, index) => {
        const before = t.records.get(Number(text));
        if (before === undefined || !UNSUCCESSFUL.includes(before.status)) return [];
        const { id, workflow_instance_id } = before;
        const flags = before.flags & ~2;
        const changed = {
          version_id: Number(versions[index]),
          lane_id: lanes[index] ?? 0,
          params: params[index] ?? '{}',
          run_at: t.now,
        };
        const { lane_id, attempt, limit_keys } = t.records.update(id, { ...FRESH, ...changed, flags });
        const rank = t.now + Number(offsets[index] ?? 0);
        const limit_key = limit_keys?.[0] ?? null;
        if (limit_key === null) t.queue.insert(id, { lane_id, rank, id, attempt, flags });
        else t.blocked.insert(id, { id, limit_key, rank });
        noteEvent(t, { task_instance_id: id, workflow_instance_id, type: 'redriven' });
        return [{ id: text, lane_id, limit_key }];
      }),
  ),
  workflow_settle_stale_nodes: statement<[string[], string[]]>((t, [ids, reasons]) => {
    for (const [index, id] of ids.entries()) {
      const record = t.records.get(Number(id));
      if (record === undefined || !UNSUCCESSFUL.includes(record.status)) continue;
      t.records.update(record.id, { finished_at: t.now, reason: reasons[index] ?? null });
    }
    return [];
  }),
  workflow_requeue_run: statement<[string, string[], string]>((t, [text, from]) => {
    const run = t.runs.get(Number(text));
    if (run === undefined) return [];
    if (!from.includes(run.status)) return [{ id: text, was: run.status, run_number: null }];
    const run_number = run.run_number + 1;
    t.runs.update(run.id, { ...NOT_STARTED, run_number, run_at: t.now });
    noteEvent(t, { workflow_instance_id: run.id, type: 'rerun' });
    return [{ id: text, was: run.status, run_number }];
  }),
  workflow_request_cancel: statement<[string, string, string]>((t, [text, reason]) => {
    const run = t.runs.get(Number(text));
    if (run === undefined) return [];
    const { id, status, cancel_requested_at } = run;
    if ((status !== 'queued' && status !== 'running') || cancel_requested_at !== null) {
      return [{ id: text, status, changed: false }];
    }
    const asked = { cancel_requested_at: t.now, cancel_reason: reason };
    if (status === 'running') {
      t.runs.update(id, { ...asked, finished_at: null });
      noteChange(t, id);
    } else {
      const end = { status: 'cancelled', reason: 'CANCELLED', message: reason, finished_at: t.now };
      t.runs.update(id, { ...asked, ...end });
      freeRunKey(t, id);
    }
    const type = status === 'running' ? 'cancel_requested' : 'cancelled';
    noteEvent(t, { workflow_instance_id: id, type, reason: 'CANCELLED' });
    return [{ id: text, status: status === 'running' ? status : 'cancelled', changed: true }];
  }),
  workflow_expire_runs: statement<[Date | null, number]>((t, [now, limit]) =>
    t.runs
      .all((run) => run.status === 'running' && run.deadline_at !== null && run.deadline_at <= orNow(t, now))
      .filter((run) => run.cancel_requested_at === null)
      .sort((a, b) => (a.deadline_at ?? 0) - (b.deadline_at ?? 0) || a.id - b.id)
      .slice(0, limit)
      .map(({ id }) => {
        t.runs.update(id, { cancel_requested_at: orNow(t, now), cancel_reason: 'timeout' });
        noteEvent(t, { workflow_instance_id: id, type: 'timeout', reason: 'TIMEOUT' });
        noteChange(t, id);
        return { id: String(id) };
      }),
  ),
};

export const NOT_STARTED = {
  status: 'queued',
  reason: null,
  message: null,
  failing: false,
  cancel_requested_at: null,
  cancel_reason: null,
  deadline_at: null,
  started_at: null,
  finished_at: null,
} as const;

function noteChange(t: Tables, workflow_instance_id: number): void {
  const id = t.next('workflow_changes');
  t.changes.insert(id, { id, workflow_instance_id, task_instance_id: null, kind: 'cancel_requested' });
}

function takeChanges(t: Tables, changes: readonly ChangeRow[]): object[] {
  return changes.map(({ id, workflow_instance_id, task_instance_id, kind }) => {
    t.changes.delete(id);
    const record = task_instance_id === null ? undefined : t.records.get(task_instance_id);
    return {
      id: String(id),
      workflow_instance_id: String(workflow_instance_id),
      kind,
      task_instance_id: toText(record?.id ?? null),
      node_key: record?.node_key ?? null,
      status: record?.status ?? null,
      reason: record?.reason ?? null,
    };
  });
}

function shown(run: RunRow) {
  return {
    id: String(run.id),
    workflow_name: run.workflow_name,
    version_id: String(run.version_id),
    priority: run.priority,
    run_number: run.run_number,
    nodes_total: run.nodes_total,
    nodes_done: run.nodes_done,
    failing: run.failing,
    reason: run.reason,
    started_at: toDate(run.started_at),
    cancel_requested_at: toDate(run.cancel_requested_at),
    cancel_reason: run.cancel_reason,
    deadline_at: toDate(run.deadline_at),
    trace_parent: null,
    trace_state: null,
  };
}

type Column<Value> = readonly Value[] | null;

type InsertValues = [
  now: Date | null,
  ids: Column<string>,
  names: string[],
  versions: string[],
  priorities: string[],
  params: Column<string>,
  runAts: Column<Date>,
  scheduledFors: Column<Date>,
  schedules: Column<string>,
  keys: Column<string>,
  parents: unknown,
  totals: number[],
];
