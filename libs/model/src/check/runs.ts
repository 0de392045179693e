import type { GraphNode } from '@taskflow/domain';
import type { RecordRow } from '../memory/rows.js';
import type { Tables } from '../memory/tables.js';
import { graphOf, type Scenario } from '../world/scenario.js';
import { fail } from './fail.js';

const EARLY = ['one_success', 'one_failed', 'one_done'];

/** I6, and that a run and its tasks agree. */
export function checkRuns(t: Tables, scenario: Scenario): void {
  const nodes = nodesByRun(t);
  for (const run of t.runs.values()) {
    const { id, status, workflow_name: name } = run;
    const workflow = scenario.workflows.find((each) => each.name === name);
    if (workflow === undefined) continue;
    const ended = status !== 'queued' && status !== 'running';
    if (ended !== (run.finished_at !== null)) fail('I7', `run ${id} is ${status} with finished_at ${run.finished_at}`);
    if (ended && run.reason === null) fail('I7', `run ${id} is ${status} without a reason`);
    const states = nodes.get(id) ?? new Map<string, RecordRow>();
    const graph = graphOf(workflow);
    for (const [key, record] of states) {
      if (record.finished_at !== null) continue;
      if (status !== 'running') fail('I1', `run ${id} is ${status} and its task ${key} is not over`);
      const node = graph.node(key);
      if (node !== undefined) checkOrder(id, node, states);
    }
    if (ended && run.started_at !== null && states.size !== graph.size) {
      fail('I6', `run ${id} is ${status} and ${graph.size - states.size} of its tasks were never decided`);
    }
  }
  for (const { name, concurrency } of scenario.workflows) {
    if (concurrency === undefined) continue;
    const running = t.runs.all((run) => run.status === 'running' && run.workflow_name === name).length;
    if (running > concurrency) fail('I4', `${running} runs of ${name} are running, ${concurrency} may`);
  }
}

function nodesByRun(t: Tables): Map<number, Map<string, RecordRow>> {
  const runs = new Map<number, Map<string, RecordRow>>();
  for (const record of t.records.values()) {
    const { workflow_instance_id: run, node_key: key } = record;
    if (run === null || key === null) continue;
    const nodes = runs.get(run) ?? new Map<string, RecordRow>();
    if (nodes.has(key)) fail('I6', `task ${key} of run ${run} has two instances`);
    runs.set(run, nodes.set(key, record));
  }
  return runs;
}

/** A task that waits or runs comes after those before it. */
function checkOrder(
  run: number,
  { key, trigger, dependencies }: GraphNode,
  states: ReadonlyMap<string, RecordRow>,
): void {
  const open = dependencies.filter((dependency) => states.get(dependency)?.finished_at == null);
  const early = EARLY.includes(trigger) && open.length < dependencies.length;
  if (open.length > 0 && !early)
    fail('I6', `task ${key} of run ${run} is not over yet and neither is ${open.join(', ')} before it`);
}
