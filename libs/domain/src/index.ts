export { ROLES, type Role } from './access/role.js';
export { systemClock, type Clock } from './clock.js';
export { buildGraph, type Graph, type GraphNode, type NodeInput } from './dag/build-graph.js';
export { graphOutcome, type GraphOutcome } from './dag/graph-outcome.js';
export { nextNodes, type GraphSituation, type GraphStep, type NodeSkip } from './dag/next-nodes.js';
export { type NodeState } from './dag/node-state.js';
export { definitionHash } from './definition/definition-hash.js';
export {
  parseDefinitionFile,
  parseTaskDefinition,
  parseWorkflowDefinition,
  type DefinitionFile,
} from './definition/parse-definition.js';
export {
  type BashRun,
  type ConcurrencyLimit,
  type HandlerRun,
  type TaskDefinition,
  type TaskRun,
} from './definition/task-definition.js';
export { type Sla } from './definition/field-schema.js';
export { type WorkflowTask } from './definition/read-workflow-task.js';
export { type WorkflowDefinition } from './definition/workflow-definition.js';
export { type FailurePolicy } from './definition/workflow-schema.js';
export { formatDuration, parseDuration, readDuration } from './duration.js';
export { Unauthenticated, PermissionDenied } from './error/access.js';
export { QuotaExceeded, Unavailable } from './error/availability.js';
export { IllegalTransition, LeaseLost, VersionConflict } from './error/conflict.js';
export { knownWords } from './error/did-you-mean.js';
export { AlreadyExists, NotFound } from './error/existence.js';
export { InvalidInput, fieldViolation, type FieldViolation } from './error/invalid-input.js';
export { TaskflowError, isTaskflowError, type ErrorKind, type TaskflowErrorOptions } from './error/taskflow-error.js';
export { parseId, type Id } from './ids.js';
export { canonicalJson, checkedJson, isJsonObject, type JsonObject, type JsonValue } from './json.js';
export { checkOutput } from './params/check-output.js';
export { compileParams, type CompiledParams } from './params/compile-params.js';
export { MAX_PARAMS_BYTES, validateParams, type ParamsInput } from './params/validate-params.js';
export { PRIORITIES, rankOffsetMs, type Priority } from './priority.js';
export {
  POISONED,
  decideAfterAttempt,
  type AttemptEnd,
  type RetryDecision,
  type RetryPolicy,
} from './retry/retry-policy.js';
export { describeCron } from './schedule/describe-cron.js';
export { jitterMs } from './schedule/jitter.js';
export { nextSlot } from './schedule/next-slot.js';
export { parseSchedule } from './schedule/parse-schedule.js';
export { planDue, type DueInput, type DuePlan, type SlotDecision, type SlotOutcome } from './schedule/plan-due.js';
export {
  type DateRange,
  type DstGap,
  type DstOverlap,
  type Misfire,
  type Overlap,
  type ScheduleSpec,
} from './schedule/schedule-spec.js';
export { taskStateDiagram, workflowStateDiagram } from './state/diagram.js';
export {
  TASK_STATES,
  isTaskTerminal,
  physicalTransitions,
  taskStatesAllowing,
  type PhysicalTransition,
  type TaskEvent,
  type TaskState,
} from './state/task-state.js';
export {
  WORKFLOW_STATES,
  WORKFLOW_TRANSITIONS,
  isWorkflowTerminal,
  workflowStatesAllowing,
  type WorkflowEvent,
  type WorkflowState,
} from './state/workflow-state.js';
export {
  referencedTasks,
  resolveTemplates,
  type TaskReference,
  type TemplateScope,
} from './template/resolve-template.js';
export { formatTraceparent, parseTraceparent, type TraceContext } from './trace-context.js';
