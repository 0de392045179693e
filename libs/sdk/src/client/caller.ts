import { systemClock } from '@taskflow/domain';
import { createClient, openChannel, type ServiceClient } from '@taskflow/rpc/client';
import { DefinitionServiceService } from '@taskflow/proto/taskflow/v1/definitions.js';
import { InstanceServiceService } from '@taskflow/proto/taskflow/v1/instances.js';
import { ScheduleServiceService } from '@taskflow/proto/taskflow/v1/schedules.js';
import { SubmissionServiceService } from '@taskflow/proto/taskflow/v1/submissions.js';
import { retryUnavailable } from './retry-unavailable.js';

/** The api's services over one connection. */
export interface Caller {
  readonly definitions: ServiceClient<typeof DefinitionServiceService>;
  readonly submissions: ServiceClient<typeof SubmissionServiceService>;
  readonly instances: ServiceClient<typeof InstanceServiceService>;
  readonly schedules: ServiceClient<typeof ScheduleServiceService>;
  /** Makes a call that may be repeated, again while the api is away. */
  repeat<T>(call: () => Promise<T>): Promise<T>;
  close(): void;
}

export function createCaller(address: string, token: string | undefined, retryMs: number): Caller {
  const channel = openChannel(address, { token });
  const closing = new AbortController();
  return {
    definitions: createClient(DefinitionServiceService, channel),
    submissions: createClient(SubmissionServiceService, channel),
    instances: createClient(InstanceServiceService, channel),
    schedules: createClient(ScheduleServiceService, channel),
    repeat: (call) => retryUnavailable(call, systemClock, retryMs, closing.signal),
    close() {
      closing.abort();
      channel.close();
    },
  };
}
