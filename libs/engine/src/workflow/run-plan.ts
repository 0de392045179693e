import { buildGraph, type Graph, type WorkflowDefinition, type WorkflowTask } from '@taskflow/domain';

/** A version of a workflow, indexed for running. */
export interface RunPlan {
  readonly definition: WorkflowDefinition;
  readonly graph: Graph;
  task(key: string): WorkflowTask;
}

const plans = new WeakMap<WorkflowDefinition, RunPlan>();

/** Made once per version for as long as its definition is kept in memory. */
export function runPlan(definition: WorkflowDefinition): RunPlan {
  const known = plans.get(definition);
  if (known) return known;
  const tasks = new Map(definition.tasks.map((task) => [task.key, task]));
  const plan: RunPlan = {
    definition,
    graph: buildGraph(definition.tasks),
    task(key) {
      const task = tasks.get(key);
      if (!task) throw new Error(`workflow "${definition.name}" has no task "${key}"`);
      return task;
    },
  };
  plans.set(definition, plan);
  return plan;
}
