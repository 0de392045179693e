import type { RecordRow } from './rows.js';
import { at, orNow, statement, type MemoryStatement, type MemoryStatements } from './statement.js';
import type { Tables } from './tables.js';

/** Of an instance that is queued again: nothing of its earlier end is left, and its budgets are whole. */
export const FRESH = {
  status: 'queued',
  failures: 0,
  losses: 0,
  reason: null,
  message: null,
  output: null,
  worker: null,
  expires_at: null,
  started_at: null,
  finished_at: null,
  cancel_requested_at: null,
  cancel_reason: null,
} as const;

export const INSERT_STATEMENTS: MemoryStatements = {
  task_insert_instances: insertInstances(false),
  task_insert_node_instances: insertInstances(true),
  task_insert_uniform: statement<UniformValues>((t, values) => {
    const [moment, task_name, version, lane_id, priority, timeout, , , , offset, params] = values;
    const now = orNow(t, moment);
    const alike = { task_name, version_id: Number(version), lane_id, priority, timeout_ms: timeout, now };
    return params.map((text) => {
      const id = t.next('task_records');
      insertAlike(t, id, { ...alike, params: text });
      t.queue.insert(id, { lane_id, rank: now + Number(offset), id, attempt: 0, flags: 0 });
      return { id: String(id) };
    });
  }),
};

interface Alike extends Pick<RecordRow, 'task_name' | 'version_id' | 'lane_id' | 'priority'> {
  readonly params: string | null;
  readonly timeout_ms: number | string | null;
  readonly now: number;
}

/** The record of one that has nothing to itself but its params. */
export function insertAlike(t: Tables, id: number, { now, params, timeout_ms, ...alike }: Alike): void {
  t.records.insert(id, {
    ...FRESH,
    ...alike,
    id,
    workflow_instance_id: null,
    node_key: null,
    attempt: 0,
    flags: 0,
    limit_keys: null,
    limit_maxima: null,
    params: params ?? '{}',
    unique_key: null,
    run_at: now,
    timeout_ms: timeout_ms === null ? null : Number(timeout_ms),
    scheduled_for: null,
    schedule_id: null,
    created_at: now,
  });
}

function insertInstances(ofWorkflow: boolean): MemoryStatement {
  return (t, values) => insertRows(t, values, ofWorkflow);
}

/** The columns $1 to $30 of an insertion. */
export function insertRows(t: Tables, values: readonly unknown[], ofWorkflow: boolean): object[] {
  const [moment, ids, names, versions, lanes, runs, nodes, , statuses, priorities, offsets, flags] =
    values as InsertValues;
  const [keys, maxima, reasons, params, uniqueKeys, runAts, expiresAts, expiresIns, timeouts] = (
    values as InsertValues
  ).slice(12) as MoreValues;
  const [scheduledFors, schedules] = (values as InsertValues).slice(21) as LastValues;
  const now = orNow(t, moment);
  // A column that no row fills is null; of no rows at all, each is.
  return (names ?? []).flatMap((task_name, index) => {
    const given = at(ids, index);
    const id = given === null ? t.next('task_records') : Number(given);
    const run = at(runs, index);
    const run_at = at(runAts, index)?.getTime() ?? now;
    const expiresIn = at(expiresIns, index);
    const limits = readList(at(keys, index));
    const status = at(statuses, index) ?? 'queued';
    const schedule = at(schedules, index);
    const timeout = at(timeouts, index);
    const record: RecordRow = {
      ...FRESH,
      id,
      task_name,
      version_id: Number(versions[index]),
      lane_id: lanes[index] ?? 0,
      workflow_instance_id: run === null ? null : Number(run),
      node_key: at(nodes, index),
      status,
      priority: priorities[index] ?? '',
      attempt: 0,
      flags: at(flags, index) ?? 0,
      limit_keys: limits,
      limit_maxima: readList(at(maxima, index))?.map(Number) ?? null,
      reason: at(reasons, index),
      params: at(params, index) ?? '{}',
      unique_key: at(uniqueKeys, index),
      run_at,
      expires_at: at(expiresAts, index)?.getTime() ?? (expiresIn === null ? null : run_at + Number(expiresIn)),
      timeout_ms: timeout === null ? null : Number(timeout),
      scheduled_for: at(scheduledFors, index)?.getTime() ?? null,
      schedule_id: schedule === null ? null : Number(schedule),
      created_at: now,
      finished_at: status === 'skipped' ? now : null,
    };
    const same = (other: RecordRow) =>
      other.workflow_instance_id === record.workflow_instance_id && other.node_key === record.node_key;
    if (ofWorkflow && t.records.all(same).length > 0) return [];
    t.records.insert(id, record);
    if (record.expires_at !== null && record.finished_at === null) {
      t.expiries.insert(id, { id, expires_at: record.expires_at });
    }
    const rank = Math.max(run_at, now) + Number(at(offsets, index) ?? 0);
    return [{ index, id: String(id), lane_id: record.lane_id, placement: place(t, record, rank, now) }];
  });
}

function place(t: Tables, record: RecordRow, rank: number, now: number): string {
  const { id, lane_id, flags, limit_keys, run_at } = record;
  if (record.status !== 'queued') return 'none';
  if (run_at > now) {
    t.delayed.insert(id, { id, due_at: run_at });
    return 'delayed';
  }
  if (limit_keys !== null) {
    t.blocked.insert(id, { id, limit_key: limit_keys[0] ?? '', rank });
    return 'blocked';
  }
  t.queue.insert(id, { lane_id, rank, id, attempt: 0, flags });
  return 'queue';
}

/** A list as it is sent to Postgres: `{"a","b"}`. */
function readList(text: string | null): string[] | null {
  return text === null ? null : (JSON.parse(`[${text.slice(1, -1)}]`) as string[]);
}

type InsertValues = [
  now: Date | null,
  ids: Column<string>,
  names: string[] | null,
  versions: string[],
  lanes: number[],
  runs: Column<string>,
  nodes: Column<string>,
  mapIndexes: unknown,
  statuses: Column<string>,
  priorities: string[],
  offsets: Column<number>,
  flags: Column<number>,
  ...unknown[],
];
type MoreValues = [
  keys: Column<string>,
  maxima: Column<string>,
  reasons: Column<string>,
  params: Column<string>,
  uniqueKeys: Column<string>,
  runAts: Column<Date>,
  expiresAts: Column<Date>,
  expiresIns: Column<number>,
  timeouts: Column<number>,
];
type LastValues = [scheduledFors: Column<Date>, schedules: Column<string>];
type UniformValues = [
  now: Date | null,
  task: string,
  version: string,
  lane: number,
  priority: string,
  timeout: number | null,
  parent: unknown,
  state: unknown,
  by: unknown,
  offset: number,
  params: (string | null)[],
];

type Column<Value> = readonly Value[] | null;
