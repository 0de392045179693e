import type { Queryable } from '@taskflow/store';
import { sql } from '@taskflow/testing';
import type * as rows from '../memory/rows.js';
import { Tables } from '../memory/tables.js';

const SOURCES = {
  runs: 'workflow_instances',
  changes: 'workflow_changes',
  records: 'task_records',
  queue: 'task_queue',
  delayed: 'task_delayed',
  blocked: 'task_blocked',
  places: 'limit_slots',
  leases: 'task_leases',
  attempts: 'task_attempts',
  events: 'task_events',
  keys: 'unique_keys',
  slots: 'schedule_slots',
  schedules: 'schedules',
  sessions: 'worker_sessions',
  seats: 'leadership',
} as const;

const QUERY = Object.entries(SOURCES)
  .map(([name, table]) => `select '${name}' as name, to_jsonb(t) as row from public.${table} t`)
  .join(' union all ');

/** The rows of Postgres as the store in memory would hold them. */
export async function loadTables(q: Queryable): Promise<Tables> {
  const tables = new Tables(0);
  for (const { name, row } of await sql<{ name: keyof typeof SOURCES; row: object }>(q, QUERY)) {
    insert(tables, name, withMoments(row));
  }
  return tables;
}

function insert(t: Tables, name: keyof typeof SOURCES, row: object): void {
  switch (name) {
    case 'places': {
      const place = row as rows.PlaceRow;
      return t.places.insert(`${place.limit_key} ${place.slot_no}`, place);
    }
    case 'attempts': {
      const attempt = row as rows.AttemptRow;
      return t.attempts.insert(`${attempt.task_instance_id} ${attempt.attempt}`, attempt);
    }
    case 'keys': {
      const key = row as rows.KeyRow;
      return t.keys.insert(`${key.task_or_workflow} ${key.key}`, key);
    }
    case 'slots': {
      const slot = row as rows.SlotRow;
      return t.slots.insert(`${slot.schedule_id} ${slot.slot}`, slot);
    }
    case 'seats': {
      const seat = row as rows.SeatRow;
      return t.seats.insert(seat.name, seat);
    }
    default: {
      const { id } = row as { id: number };
      return t[name].insert(id, row as never);
    }
  }
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

function withMoments(row: object): object {
  const read = (value: unknown) => (typeof value === 'string' && MOMENT.test(value) ? Date.parse(value) : value);
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, read(value)]));
}
