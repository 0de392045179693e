import type { Channel, ServiceClient } from '@taskflow/rpc/client';
import type { AccessServiceService } from '@taskflow/proto/taskflow/v1/access.js';
import type { DefinitionServiceService } from '@taskflow/proto/taskflow/v1/definitions.js';
import type { DestinationServiceService } from '@taskflow/proto/taskflow/v1/destinations.js';
import type { InstanceServiceService } from '@taskflow/proto/taskflow/v1/instances.js';
import type { ScheduleServiceService } from '@taskflow/proto/taskflow/v1/schedules.js';
import type { SubmissionServiceService } from '@taskflow/proto/taskflow/v1/submissions.js';
import { apiAddress } from './address.js';
import { apiToken } from './token.js';

/** The api's services; each is loaded when it is first asked for. */
export interface Api {
  readonly address: string;
  access(): Promise<ServiceClient<typeof AccessServiceService>>;
  definitions(): Promise<ServiceClient<typeof DefinitionServiceService>>;
  destinations(): Promise<ServiceClient<typeof DestinationServiceService>>;
  instances(): Promise<ServiceClient<typeof InstanceServiceService>>;
  schedules(): Promise<ServiceClient<typeof ScheduleServiceService>>;
  submissions(): Promise<ServiceClient<typeof SubmissionServiceService>>;
}

export interface ApiOptions {
  readonly api?: string | undefined;
  readonly token?: string | undefined;
}

/** Connects to the api for the time of `use`. */
export async function withApi<T>(options: ApiOptions, use: (api: Api) => Promise<T>): Promise<T> {
  const address = apiAddress(options.api);
  const { createClient, openChannel } = await import('@taskflow/rpc/client');
  const channel: Channel = openChannel(address, { token: apiToken(options.token) });
  try {
    return await use({
      address,
      async access() {
        const { AccessServiceService } = await import('@taskflow/proto/taskflow/v1/access.js');
        return createClient(AccessServiceService, channel);
      },
      async definitions() {
        const { DefinitionServiceService } = await import('@taskflow/proto/taskflow/v1/definitions.js');
        return createClient(DefinitionServiceService, channel);
      },
      async destinations() {
        const { DestinationServiceService } = await import('@taskflow/proto/taskflow/v1/destinations.js');
        return createClient(DestinationServiceService, channel);
      },
      async instances() {
        const { InstanceServiceService } = await import('@taskflow/proto/taskflow/v1/instances.js');
        return createClient(InstanceServiceService, channel);
      },
      async schedules() {
        const { ScheduleServiceService } = await import('@taskflow/proto/taskflow/v1/schedules.js');
        return createClient(ScheduleServiceService, channel);
      },
      async submissions() {
        const { SubmissionServiceService } = await import('@taskflow/proto/taskflow/v1/submissions.js');
        return createClient(SubmissionServiceService, channel);
      },
    });
  } finally {
    channel.close();
  }
}
