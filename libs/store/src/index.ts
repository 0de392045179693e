export { openDb, type Db, type DbOptions, type Queryable, type Statement } from './db.js';
export { mapDatabaseError } from './database-error.js';
export { elect } from './leadership/elect.js';
export { ensureSeat } from './leadership/ensure-seat.js';
export { SCHEDULER_SEAT, fenceTerm } from './leadership/fence-term.js';
export { renew } from './leadership/renew.js';
export { resign } from './leadership/resign.js';
export { getScheduleRow, lockScheduleRow, type ScheduleRow } from './schedule/get-schedule.js';
export { insertSlots, type InsertedSlot, type NewSlot } from './schedule/insert-slots.js';
export { linkTaskSlots, linkWorkflowSlots } from './schedule/link-slots.js';
export { listScheduleRows } from './schedule/list-schedules.js';
export { listSlotRows, type SlotRow } from './schedule/list-slots.js';
export { lockBuffered, type BufferedSchedule } from './schedule/lock-buffered.js';
export { lockDue, type DueSchedule } from './schedule/lock-due.js';
export { moveHighWater, type HighWater } from './schedule/move-high-water.js';
export { openRuns, type OpenRuns } from './schedule/open-runs.js';
export { releaseBuffered } from './schedule/release-buffered.js';
export { setPaused } from './schedule/set-paused.js';
export { settleWatches, type SettledWatches } from './sla/settle-watches.js';
export { expireRuns } from './workflow/expire-runs.js';
export { loadNodes, type NodeRow } from './workflow/load-nodes.js';
export { lockRuns, type LockedRun } from './workflow/lock-runs.js';
export { markRunning } from './workflow/mark-running.js';
export { pickStartable, type StartableRun } from './workflow/pick-startable.js';
export { recordProgress, type Progress } from './workflow/record-progress.js';
export { requestWorkflowCancel } from './workflow/request-cancel.js';
export { requeueRun } from './workflow/requeue-run.js';
export { takeChanges, type TakenChange } from './workflow/take-changes.js';
export {
  insertTaskInstances,
  type InsertedTaskInstance,
  type TaskInstanceRow,
} from './task/insert-task-instances.js';
export { insertWorkflowInstances, type WorkflowInstanceRow } from './workflow/insert-workflow-instances.js';
export { migrate, migrationStatus, type MigrateOptions, type MigrationStatus } from './migrate/migrate.js';
export { createListener, type Listener, type ListenerOptions } from './notify/listener.js';
export { CHANNELS, createNotifier, type Notifier, type NotifierOptions } from './notify/notifier.js';
export { getVersions, type VersionRow } from './definition/get-versions.js';
