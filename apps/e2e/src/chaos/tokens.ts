import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isTaskflowError } from '@taskflow/domain';
import { AccessServiceService } from '@taskflow/proto/taskflow/v1/access.js';
import { createClient, openChannel } from '@taskflow/rpc/client';

/** What the processes and the clients of a run call the api with. */
export interface Tokens {
  readonly admin: string;
  readonly operator: string;
  readonly worker: string;
}

export const newAdminToken = (): string => randomBytes(32).toString('hex');

/** Makes the tokens of the database, as soon as the api at `address` answers. */
export async function makeTokens(address: string, admin: string): Promise<Tokens> {
  const channel = openChannel(address, { token: admin });
  const access = createClient(AccessServiceService, channel);
  const make = async (role: 'operator' | 'worker'): Promise<string> => {
    for (;;) {
      try {
        return (await access.createToken({ name: `chaos ${role}`, role })).secret;
      } catch (error) {
        if (!isTaskflowError(error) || !error.retryable) throw error;
        await pause(100);
      }
    }
  };
  try {
    return { admin, operator: await make('operator'), worker: await make('worker') };
  } finally {
    channel.close();
  }
}
