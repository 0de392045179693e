export { checkTokens, type CheckTokensInput } from './access/check-tokens.js';
export { createToken, type CreatedToken, type CreateTokenInput } from './access/create-token.js';
export { listAuditEntries, type ListAuditEntriesInput } from './access/list-audit-entries.js';
export { listTokens } from './access/list-tokens.js';
export { revokeToken } from './access/revoke-token.js';
export { canBeSecret, hashSecret } from './access/token-secret.js';
export type { Ctx, SchedulerCtx } from './context.js';
export { createTaskInstances, type CreatedTaskInstance, type NewTaskInstance } from './task/create-task-instances.js';
export { silentWake, type Wake } from './wake.js';
export { createWorkflowInstances, type NewWorkflowInstance } from './workflow/create-workflow-instances.js';
export {
  applyDefinitions,
  type AppliedDefinition,
  type ApplyDefinitionsInput,
} from './definition/apply-definitions.js';
export { getTask, listTasks, type ListDefinitions } from './definition/read-tasks.js';
export { getWorkflow, listWorkflows } from './definition/read-workflows.js';
export { setTaskActive, setWorkflowActive, type SetActiveInput } from './definition/set-active.js';
export { type Page, type PageInput } from './page.js';
export { purge } from './retention/purge.js';
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
export { advanceHinted, type HintedChange } from './workflow/advance-hinted.js';
export { advanceWorkflows, type Advanced, type AdvanceInput } from './workflow/advance-workflows.js';
export { cancelWorkflowInstance } from './workflow/cancel-workflow.js';
export { expireWorkflows } from './workflow/expire-workflows.js';
export { rerunWorkflowInstance } from './workflow/rerun-workflow.js';
export { createRunMemory, type RunMemory } from './workflow/run-memory.js';
export { startWorkflows, type Started, type StartInput } from './workflow/start-workflows.js';
export { submitTask, submitWorkflow } from './submission/submit.js';
export { type WaitingWorker } from './submission/waiting-worker.js';
export { submitBatch, type SubmitBatchInput } from './submission/submit-batch.js';
export type {
  AcceptedSubmission,
  RefusedSubmission,
  SubmissionInput,
  SubmissionResult,
  TaskSubmission,
  UniqueInput,
  WorkflowSubmission,
} from './submission/submission.js';
export { type LeaseRef } from '@taskflow/store';
export { sweepBlocked } from './limit/sweep-blocked.js';
export {
  appendLogs,
  type AppendLogsInput,
  type LogAck,
  type LogBatchInput,
  type LogLineInput,
} from './log/append-logs.js';
export { cancelTaskInstance, type CancelTaskInput } from './task/cancel-task.js';
export { completeTasks, type CompletionAck } from './task/complete-tasks.js';
export { enforceTimeouts, type TimeoutInput } from './task/enforce-timeouts.js';
export { expireQueued, type ExpireQueuedInput } from './task/expire-queued.js';
export { handBack, type HandBackInput } from './task/hand-back.js';
export { leaseTasks, type LeaseInput } from './task/lease-tasks.js';
export { lockedLeases } from './task/locked-leases.js';
export { type LeasedTask } from './task/prepare-lease.js';
export { promoteDelayed, type PromoteInput } from './task/promote-delayed.js';
export { type CompletionInput } from './task/read-completion.js';
export { retryTaskInstance } from './task/retry-task.js';
export { closeSession, type CloseSessionInput } from './worker/close-session.js';
export { drainSession } from './worker/drain-session.js';
export { expireLeases, type Expired, type ExpireInput } from './worker/expire-leases.js';
export { heartbeat } from './worker/heartbeat.js';
export { heartbeatMs } from './worker/lease-times.js';
export { openSession, type OpenedSession, type OpenSessionInput } from './worker/open-session.js';
export { pendingCancels, type PendingCancel } from './worker/pending-cancels.js';
export { resolveLanes, type SessionLanes } from './worker/resolve-lanes.js';
export { isReconnect, sessionReplaced } from './worker/session-replaced.js';
export { endedOf } from './instance/ended-of.js';
export { getTaskInstance } from './instance/get-task-instance.js';
export { listRecurringLatest } from './instance/list-recurring-latest.js';
export { listTaskInstances, type ListTaskInstancesInput } from './instance/list-task-instances.js';
export {
  listAttempts,
  listEvents,
  listLogs,
  listWorkflowEvents,
  logPosition,
  type ListLogsRequest,
} from './instance/read-history.js';
export {
  getWorkflowInstance,
  getWorkflowRun,
  listWorkflowInstances,
  type ListWorkflowInstancesInput,
  type WorkflowInstanceDetail,
} from './instance/read-workflow-instances.js';
export { appendJobLog, logMarkOf, type LogMark } from './push/append-job-log.js';
export { applyObservations, type ObservedJob } from './push/apply-observations.js';
export { askSync, noteSynced, type SyncFound } from './push/ask-sync.js';
export { appendClaimedLines, beatPushedJob, JOB_BEAT_MS, type JobOrder } from './push/beat-pushed-job.js';
export { claimPushedJob } from './push/claim-pushed-job.js';
export { claimKeyOf, makeClaimToken } from './push/claim-token.js';
export type { JobClaim } from './push/claimed-job.js';
export { claimJobs, type ClaimJobsInput } from './push/claim-jobs.js';
export { doubtfulJobs, jobsByName, readDeploymentId, surveyPush, trackedJobs } from './push/find-pushed.js';
export { holdDestination, releaseDestination } from './push/hold-destination.js';
export { markSubmitting, type MarkedSubmit } from './push/mark-submitting.js';
export {
  markRemovedDestinations,
  noteConfigFault,
  noteDestination,
  noteTrouble,
  registerDestinations,
  type DestinationState,
} from './push/note-destination.js';
export { endLost, noteMissing } from './push/note-missing.js';
export { openSeat, type PushSeat } from './push/open-seat.js';
export { PUSH_FAULT_POINTS, type PushCtx, type PushFaultPoint } from './push/push-context.js';
export { getDestination, listDestinations, type ListedDestination } from './push/read-destinations.js';
export { claimsOf, repointJobs } from './push/repoint-jobs.js';
export { reportPushedJob, type JobReport } from './push/report-pushed-job.js';
export { settleJobs, unsettledJobs, type SeenEnd } from './push/settle-jobs.js';
export { doubtMarked, recordSubmits, type SubmitResult } from './push/record-submits.js';
export { cancelUnsent, jobsToStop, recordStops, stopOverdue } from './push/stop-jobs.js';
