export { task, isTask, type Task, type AnyTask, type OutputOf, type GivenOf } from './define/task.js';
export { workflow, isWorkflow, type Workflow, type AnyWorkflow, type TriggerRule } from './define/workflow.js';
export { compile, type Compiled, type CompiledDefinition } from './define/compile.js';
export {
  NonRetryableError,
  RunAborted,
  type AbortCause,
  type Inputs,
  type RunContext,
  type TaskLog,
} from './define/run-context.js';
export { type ScheduleOptions, type RetryOptions, type SlaOptions, type DurationInput } from './define/options.js';
export { worker } from './worker/worker.js';
export { type Worker, type WorkerHealth, type WorkerOptions } from './worker/worker-options.js';
export { type WorkerLogger } from './worker/worker-logger.js';
