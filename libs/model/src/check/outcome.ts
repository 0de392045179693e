import { endOf, type End } from './node-end.js';
import type { RecordRow, RunRow } from '../memory/rows.js';
import type { Tables } from '../memory/tables.js';
import { graphOf } from '../world/scenario.js';
import type { World } from '../world/world.js';
import { fail } from './fail.js';
import { mayRun } from './may-run.js';

/**
 * What everything must have come to when nothing is left to do: said by a naive reading of the history, instance by instance
 * and run by run, without the engine.
 */
export function checkOutcome(t: Tables, world: World): void {
  for (const { id, input, instance } of world.requests) {
    if (instance === undefined) continue;
    const made = input.kind === 'task' ? t.records.get(Number(instance)) : t.runs.get(Number(instance));
    if (made === undefined) fail('I1', `request ${id} was answered with instance ${instance}, which is not there`);
  }
  for (const { ref, label, told, accepted } of world.known) {
    const row = t.attempts.get(`${ref.id} ${ref.attempt}`);
    const recorded = row?.lease_id === Number(ref.leaseId) ? row.outcome : undefined;
    if (accepted > 0 && recorded !== told) fail('I2', `${label}: ${told} was accepted and ${recorded} is recorded`);
  }
  const succeeded = new Set(world.known.filter(({ told }) => told === 'success').map(({ ref }) => Number(ref.leaseId)));
  for (const { outcome, lease_id, task_instance_id: id } of t.attempts.values()) {
    if (outcome === 'success' && !succeeded.has(lease_id))
      fail('I2', `instance ${id} succeeded, and no worker said so`);
  }
  for (const table of [t.queue, t.delayed, t.blocked, t.leases, t.places, t.changes, t.keys]) {
    if (table.size > 0) fail('I9', `everything is over, and yet there is ${JSON.stringify([...table.values()][0])}`);
  }
  const lives = new Map<number, number>();
  for (const { type, task_instance_id: id } of t.events.values()) {
    if (type === 'redriven' && id !== null) lives.set(id, (lives.get(id) ?? 0) + 1);
  }
  for (const record of t.records.values()) checkHistory(t, record, lives.get(record.id) ?? 0);
  for (const run of t.runs.values()) checkRun(t, world, run);
}

/** The attempts of an instance tell its end. */
function checkHistory(t: Tables, { id, status, attempt, reason }: RecordRow, redriven: number): void {
  const attempts = Array.from({ length: attempt }, (_, index) => t.attempts.get(`${id} ${index + 1}`));
  const last = attempts.at(-1);
  const final = attempts.filter((row) => row?.next_status !== 'retry').length;
  if (final > redriven + 1)
    fail('I2', `instance ${id} was ended ${final} times by attempts and queued again ${redriven} times`);
  if (status === 'success' && last?.outcome !== 'success')
    fail('I2', `instance ${id} is success and its last attempt is ${last?.outcome}`);
  if (status === 'failed' && last?.next_status !== 'failed')
    fail('I7', `instance ${id} is failed (${reason}) and no attempt says so`);
  const toldBy = t.events.all((event) => event.task_instance_id === id && event.type === status);
  const byAttempt = last?.next_status === status;
  if (!byAttempt && toldBy.length === 0 && status !== 'skipped')
    fail('I7', `instance ${id} is ${status} and nothing in its history says why`);
}

/** A run that went through once, undisturbed: each of its tasks ran or was skipped as the graph alone demands. */
function checkRun(t: Tables, world: World, run: RunRow): void {
  const workflow = world.scenario.workflows.find((each) => each.name === run.workflow_name);
  if (workflow === undefined || run.started_at === null) return;
  const states = new Map<string, RecordRow>();
  for (const record of t.records.values()) {
    if (record.workflow_instance_id === run.id && record.node_key !== null) states.set(record.node_key, record);
  }
  const graph = graphOf(workflow);
  const ends = new Map<string, End>([...states].map(([key, record]) => [key, endOf(record)]));
  const disturbed = run.cancel_requested_at !== null || run.run_number > 1;
  for (const key of graph.order) {
    const node = graph.node(key);
    const record = states.get(key);
    if (node === undefined || record === undefined || disturbed) continue;
    const due = mayRun(
      node.trigger,
      node.dependencies.map((dependency) => ends.get(dependency)),
    );
    const ran = record.status !== 'skipped';
    const heldBack = record.reason === 'failure_policy' && workflow.failure_policy !== 'continue';
    if (ran && !due) fail('I6', `task ${key} of run ${run.id} ran although ${node.trigger} is not met`);
    if (!ran && due && !heldBack)
      fail('I6', `task ${key} of run ${run.id} was skipped (${record.reason}) although ${node.trigger} is met`);
  }
  const failed = [...states.values()].filter(
    ({ status, node_key: key }) =>
      ['failed', 'cancelled', 'dequeued'].includes(status) && graph.node(key ?? '')?.allowFailure !== true,
  );
  const expected =
    run.cancel_requested_at !== null ? ['cancelled', 'failed'] : [failed.length > 0 ? 'failed' : 'success'];
  if (!expected.includes(run.status))
    fail('I6', `run ${run.id} is ${run.status}, its tasks say ${expected.join(' or ')}`);
}
