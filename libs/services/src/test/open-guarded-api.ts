import type { Role } from '@taskflow/domain';
import { openChannel, type Channel } from '@taskflow/rpc/client';
import { createClients, openApi, type OpenApiOptions, type TestApi } from './open-api.js';

export const ADMIN_TOKEN = 'the-token-of-this-deployment-0123456789';

export type Clients = ReturnType<typeof createClients>;

/** An api that asks for tokens. */
export interface GuardedApi extends TestApi {
  /** Calls with a token, or with none. */
  as(token?: string): Clients;
  readonly admin: Clients;
  /** A new token of a role, with a name of its own unless one is given. */
  token(role: Role, name?: string): Promise<{ id: string; name: string; secret: string }>;
}

export async function openGuardedApi(options: OpenApiOptions = {}): Promise<GuardedApi> {
  const environment = { TASKFLOW_AUTH: 'tokens', TASKFLOW_ADMIN_TOKEN: ADMIN_TOKEN, ...options.environment };
  const api = await openApi({ ...options, environment });
  const channels: Channel[] = [];
  const as = (token?: string): Clients => {
    const channel = openChannel(api.address, { token });
    channels.push(channel);
    return createClients(api.address, channel);
  };
  const admin = as(ADMIN_TOKEN);
  let count = 0;
  return {
    ...api,
    as,
    admin,
    async token(role, name = `${role} ${(count += 1)}`) {
      const { token, secret } = await admin.access.createToken({ name, role });
      return { id: token?.id ?? '', name, secret };
    },
    async close() {
      for (const channel of channels) channel.close();
      await api.close();
    },
  };
}
