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
export { runJob, JOB_FAULT_POINTS, type RunJobOptions } from './job/run-job.js';
export { worker } from './worker/worker.js';
export { type Worker, type WorkerHealth, type WorkerOptions } from './worker/worker-options.js';
export { stderrLogger, type WorkerLogger } from './worker/worker-logger.js';
export { client, type ClientOptions, type SubmitResult, type TaskflowClient } from './client/client.js';
export { type Handle, type TaskHandle, type WorkflowHandle } from './client/handle.js';
export { InstanceFailed } from './client/instance-failed.js';
export { type SubmissionInput, type SubmitOptions, type Target, type UniqueOptions } from './client/submission.js';
export {
  AlreadyExists,
  IllegalTransition,
  InvalidInput,
  LeaseLost,
  NotFound,
  PermissionDenied,
  QuotaExceeded,
  TaskflowError,
  Unauthenticated,
  Unavailable,
  VersionConflict,
  isTaskflowError,
} from '@taskflow/domain';
