import { ROLES, type Role } from '@taskflow/domain';
import type { AccessServiceService } from '@taskflow/proto/taskflow/v1/access.js';
import type { DefinitionServiceService } from '@taskflow/proto/taskflow/v1/definitions.js';
import type { DestinationServiceService } from '@taskflow/proto/taskflow/v1/destinations.js';
import type { InstanceServiceService } from '@taskflow/proto/taskflow/v1/instances.js';
import type { JobServiceService } from '@taskflow/proto/taskflow/v1/jobs.js';
import type { ScheduleServiceService } from '@taskflow/proto/taskflow/v1/schedules.js';
import type { SubmissionServiceService } from '@taskflow/proto/taskflow/v1/submissions.js';
import type { WorkerServiceService } from '@taskflow/proto/taskflow/v1/workers.js';

type Roles<Service> = { readonly [Method in keyof Service]: readonly Role[] };

const READ: readonly Role[] = ['viewer', 'operator', 'admin'];
const OPERATE: readonly Role[] = ['operator', 'admin'];
const ADMINISTER: readonly Role[] = ['admin'];
const WORK: readonly Role[] = ['worker', 'admin'];

const access: Roles<typeof AccessServiceService> = {
  createToken: ADMINISTER,
  listTokens: ADMINISTER,
  revokeToken: ADMINISTER,
  whoAmI: ROLES,
  listAuditEntries: ADMINISTER,
};

const definitions: Roles<typeof DefinitionServiceService> = {
  // A worker registers what it runs when it starts.
  applyDefinitions: ['operator', 'admin', 'worker'],
  validateDefinitions: READ,
  getTask: READ,
  listTasks: READ,
  setTaskActive: OPERATE,
  getWorkflow: READ,
  listWorkflows: READ,
  setWorkflowActive: OPERATE,
};

const submissions: Roles<typeof SubmissionServiceService> = {
  submitTask: OPERATE,
  submitWorkflow: OPERATE,
  submitBatch: OPERATE,
  submitStream: OPERATE,
};

const instances: Roles<typeof InstanceServiceService> = {
  getTaskInstance: READ,
  listTaskInstances: READ,
  waitTaskInstance: READ,
  cancelTaskInstance: OPERATE,
  retryTaskInstance: OPERATE,
  listTaskAttempts: READ,
  listTaskEvents: READ,
  listTaskLogs: READ,
  tailTaskLogs: READ,
  getWorkflowInstance: READ,
  listWorkflowInstances: READ,
  waitWorkflowInstance: READ,
  cancelWorkflowInstance: OPERATE,
  retryWorkflowInstance: OPERATE,
  listWorkflowEvents: READ,
  listRecurringLatest: READ,
};

const schedules: Roles<typeof ScheduleServiceService> = {
  listSchedules: READ,
  getSchedule: READ,
  previewSchedule: READ,
  pauseSchedule: OPERATE,
  resumeSchedule: OPERATE,
  listScheduleSlots: READ,
};

const destinations: Roles<typeof DestinationServiceService> = {
  listDestinations: READ,
  getDestination: READ,
  syncDestination: OPERATE,
};

const workers: Roles<typeof WorkerServiceService> = {
  session: WORK,
  heartbeat: WORK,
  completeAndLease: WORK,
};

/** Of what bears the token of one job in its message; see `bearsOwnToken`. */
const jobs: Roles<typeof JobServiceService> = {
  claimJob: ADMINISTER,
  beatJob: ADMINISTER,
  appendJobLogs: ADMINISTER,
  reportJob: ADMINISTER,
};

const BY_SERVICE: Readonly<Record<string, Readonly<Record<string, readonly Role[]>>>> = {
  AccessService: access,
  DefinitionService: definitions,
  SubmissionService: submissions,
  InstanceService: instances,
  ScheduleService: schedules,
  DestinationService: destinations,
  WorkerService: workers,
  JobService: jobs,
};

/** The one table of roles: RPC (`taskflow.v1.InstanceService/GetTaskInstance`) → who may call it. */
export const ROLES_OF: ReadonlyMap<string, readonly Role[]> = new Map(
  Object.entries(BY_SERVICE).flatMap(([service, methods]) =>
    Object.entries(methods).map(([method, roles]): [string, readonly Role[]] => [
      `taskflow.v1.${service}/${method.charAt(0).toUpperCase()}${method.slice(1)}`,
      roles,
    ]),
  ),
);

/** Whether a method asks for a token of its own, in its message, and for no role. */
export function bearsOwnToken(method: string): boolean {
  return method.startsWith('taskflow.v1.JobService/');
}

/** `viewer, operator or admin`. */
export function nameRoles(roles: readonly Role[]): string {
  const ordered = ROLES.filter((role) => roles.includes(role));
  return ordered.length < 2 ? ordered.join() : `${ordered.slice(0, -1).join(', ')} or ${ordered.at(-1)}`;
}
