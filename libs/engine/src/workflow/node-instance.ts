import {
  compileParams,
  type JsonObject,
  type JsonValue,
  type Priority,
  type TaskDefinition,
  type WorkflowTask,
} from '@taskflow/domain';
import type { NewTaskInstance } from '../task/create-task-instances.js';
import { nodeLimitsOf } from '../task/limits-of.js';
import type { RunFacts } from './decide-run.js';
import type { NodeTask } from './find-node-tasks.js';

/** The task instance of a node. References in its params stay as they are until it is leased. */
export function nodeInstance(run: RunFacts, node: WorkflowTask, task: NodeTask): NewTaskInstance {
  const { spec } = task;
  const params = nodeParams(node, spec);
  return {
    ...nodeLimitsOf(spec, params),
    taskName: spec.name,
    versionId: task.versionId,
    laneId: task.laneId,
    workflowInstanceId: run.id,
    nodeKey: node.key,
    priority: run.priority as Priority,
    params: JSON.stringify(params),
    expiresInMs: spec.start_timeout_ms,
    timeoutMs: spec.timeout_ms,
    traceParent: run.trace_parent ?? undefined,
    traceState: run.trace_state ?? undefined,
    submittedBy: `workflow:${run.workflow_name}`,
    startWithinMs: spec.sla?.start_within_ms,
    finishWithinMs: spec.sla?.finish_within_ms,
  };
}

/** The node's params over the task's defaults; what the schema demands is checked once references are resolved. */
export function nodeParams(node: WorkflowTask, spec: TaskDefinition): JsonObject {
  const params: Record<string, JsonValue> = structuredClone({ ...spec.defaults, ...node.params });
  if (spec.params) compileParams(spec.params).check(params, 'params');
  return params;
}
