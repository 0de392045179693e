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
