import { AccessServiceService } from '@taskflow/proto/taskflow/v1/access.js';
import { DefinitionServiceService } from '@taskflow/proto/taskflow/v1/definitions.js';
import { DestinationServiceService } from '@taskflow/proto/taskflow/v1/destinations.js';
import { InstanceServiceService } from '@taskflow/proto/taskflow/v1/instances.js';
import { JobServiceService } from '@taskflow/proto/taskflow/v1/jobs.js';
import { ScheduleServiceService } from '@taskflow/proto/taskflow/v1/schedules.js';
import { SubmissionServiceService } from '@taskflow/proto/taskflow/v1/submissions.js';
import { WorkerServiceService } from '@taskflow/proto/taskflow/v1/workers.js';
import { bindService, type BoundService } from '@taskflow/rpc/server';
import type { ApiContext } from './context.js';
import { accessHandlers } from './handler/access.js';
import { definitionHandlers } from './handler/definitions.js';
import { destinationHandlers } from './handler/destinations.js';
import { instanceHandlers } from './handler/instances.js';
import { jobHandlers } from './handler/jobs.js';
import { scheduleHandlers } from './handler/schedules.js';
import { submissionHandlers } from './handler/submissions.js';
import { workerHandlers } from './handler/workers.js';

/** Every service of the contract with its handlers, for gRPC and REST alike. */
export function bindHandlers(api: ApiContext): BoundService[] {
  return [
    bindService(AccessServiceService, accessHandlers(api)),
    bindService(DefinitionServiceService, definitionHandlers(api)),
    bindService(SubmissionServiceService, submissionHandlers(api)),
    bindService(InstanceServiceService, instanceHandlers(api)),
    bindService(ScheduleServiceService, scheduleHandlers(api)),
    bindService(DestinationServiceService, destinationHandlers(api)),
    bindService(WorkerServiceService, workerHandlers(api)),
    bindService(JobServiceService, jobHandlers(api)),
  ];
}
