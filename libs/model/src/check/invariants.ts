import type { TaskDefinition } from '@taskflow/domain';
import type { LeaseRow, RecordRow } from '../memory/rows.js';
import type { Tables } from '../memory/tables.js';
import { SHARED_LIMIT, type Scenario } from '../world/scenario.js';
import { fail } from './fail.js';
import { checkRuns } from './runs.js';
import { checkSlots } from './slots.js';

const ENDED = ['success', 'failed', 'cancelled', 'dequeued', 'skipped'];

/**
 * What holds after every single step, said of the rows alone and written apart from what makes them so.
 *
 * @throws Violation with the invariant's number (docs/guarantees.md) and the row
 */
export function checkInvariants(t: Tables, scenario: Scenario): void {
  const policies = new Map(scenario.tasks.map((task) => [task.name, task]));
  const places = new Map<number, number>();
  for (const table of [t.queue, t.delayed, t.blocked, t.leases]) {
    for (const { id } of table.values()) places.set(id, (places.get(id) ?? 0) + 1);
  }
  let attempts = 0;
  for (const record of t.records.values()) {
    checkRecord(record, places.get(record.id) ?? 0, policies.get(record.task_name));
    attempts += record.attempt;
    if (record.attempt > 0) {
      const last = t.attempts.get(`${record.id} ${record.attempt}`);
      if (last === undefined) fail('I3', `instance ${record.id} has no attempt ${record.attempt}`);
    }
  }
  if (attempts !== t.attempts.size) fail('I3', `${t.attempts.size} attempts are recorded, instances count ${attempts}`);
  for (const lease of t.leases.values()) checkLease(t, lease);
  for (const { id, attempt } of t.queue.values()) {
    if (t.records.get(id)?.attempt !== attempt)
      fail('I3', `instance ${id} is queued for another attempt than its next`);
  }
  checkLimits(t, policies);
  checkKeys(t);
  checkRuns(t, scenario);
  checkSlots(t, scenario);
}

function checkRecord(record: RecordRow, places: number, policy: TaskDefinition | undefined): void {
  const { id, status, finished_at, reason, failures, losses } = record;
  const ended = ENDED.includes(status);
  if (ended !== (finished_at !== null)) fail('I7', `instance ${id} is ${status} with finished_at ${finished_at}`);
  if (ended && status !== 'success' && reason === null) fail('I7', `instance ${id} is ${status} without a reason`);
  if (ended && places > 0) fail('I1', `instance ${id} is ${status} and waits or runs`);
  if (!ended && places !== 1)
    fail('I1', `instance ${id} is ${status} and in ${places} places where it should be in one`);
  if (policy === undefined) return;
  const most = ended ? 1 : 0;
  if (failures > policy.retries + most)
    fail('I3', `instance ${id} failed ${failures} times with ${policy.retries} retries`);
  if (losses > policy.infra_retries + most) fail('I3', `instance ${id} was lost ${losses} times`);
}

function checkLease(t: Tables, { id, attempt, session_id }: LeaseRow): void {
  const record = t.records.get(id);
  if (record?.attempt !== attempt - 1) fail('I3', `instance ${id} runs attempt ${attempt} after ${record?.attempt}`);
  if (t.sessions.get(session_id)?.closed_at !== null)
    fail('I1', `instance ${id} is leased to a session that is closed`);
  const places = t.places.all((place) => place.id === id).length;
  if (places !== (record.limit_keys?.length ?? 0))
    fail('I4', `instance ${id} runs with ${places} places of its limits`);
}

function checkLimits(t: Tables, policies: ReadonlyMap<string, TaskDefinition>): void {
  const taken = new Map<string, number>();
  for (const { limit_key: key, id } of t.places.values()) {
    taken.set(key, (taken.get(key) ?? 0) + 1);
    if (t.records.get(id)?.finished_at !== null) fail('I4', `instance ${id} has ended and holds a place of ${key}`);
  }
  for (const [key, count] of taken) {
    const most =
      key === SHARED_LIMIT.key ? SHARED_LIMIT.max : (policies.get(key.slice('task:'.length))?.concurrency ?? 0);
    if (count > most) fail('I4', `${count} instances hold places of ${key}, which has ${most}`);
  }
}

function checkKeys(t: Tables): void {
  for (const { key, task_instance_id: task, workflow_instance_id: run } of t.keys.values()) {
    const holder = task === null ? t.runs.get(run ?? 0) : t.records.get(task);
    if (holder?.finished_at !== null) fail('I1', `the unique key "${key}" is held by what has ended or never was`);
  }
}
