export type { Ctx, SchedulerCtx } from './context.js';
export {
  createTaskInstances,
  type CreatedTaskInstance,
  type NewTaskInstance,
} from './task/create-task-instances.js';
export { FLAG_HAS_LIMITS, FLAG_HAS_UNIQUE_KEY, FLAG_OF_WORKFLOW } from './task/task-flags.js';
export { silentWake, type Wake } from './wake.js';
export { createWorkflowInstances, type NewWorkflowInstance } from './workflow/create-workflow-instances.js';
export { taskSpecs, workflowSpecs } from './definition/version-cache.js';
export { applyDefinitions, type AppliedDefinition, type ApplyDefinitionsInput } from './definition/apply-definitions.js';
export { getTask, listTasks, type ListDefinitions } from './definition/read-tasks.js';
export { getWorkflow, listWorkflows } from './definition/read-workflows.js';
export { setTaskActive, setWorkflowActive, type SetActiveInput } from './definition/set-active.js';
export { BASH_HANDLER } from './definition/write-definitions.js';
export { readPageSize, readPageToken, toPage, type Page, type PageInput } from './page.js';
export { fireBuffered } from './schedule/fire-buffered.js';
export { fireDue, type Fired, type FireInput } from './schedule/fire-due.js';
export {
  getSchedule,
  listSchedules,
  listScheduleSlots,
  previewSchedule,
  type PreviewInput,
  type ScheduleSlot,
} from './schedule/read-schedules.js';
export { type Schedule } from './schedule/schedule.js';
export { setSchedulePaused } from './schedule/set-schedule-paused.js';
export { checkPromises } from './sla/check-promises.js';
export { cancelOpenTasks, type CancelledOpen, type CancelOpenInput } from './task/cancel-open-tasks.js';
export { limitsOf, type InstanceLimits } from './task/limits-of.js';
export { advanceWorkflows, type Advanced, type AdvanceInput } from './workflow/advance-workflows.js';
export { cancelWorkflowInstance } from './workflow/cancel-workflow.js';
export { expireWorkflows } from './workflow/expire-workflows.js';
export { rerunWorkflowInstance } from './workflow/rerun-workflow.js';
export { createRunMemory, type RunMemory } from './workflow/run-memory.js';
export { startWorkflows, type Started, type StartInput } from './workflow/start-workflows.js';
export { submitTask, submitWorkflow } from './submission/submit.js';
export { MAX_BATCH, submitBatch, type SubmitBatchInput } from './submission/submit-batch.js';
export type {
  AcceptedSubmission,
  RefusedSubmission,
  SubmissionInput,
  SubmissionResult,
  TaskSubmission,
  UniqueInput,
  WorkflowSubmission,
} from './submission/submission.js';
