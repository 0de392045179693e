import { createToken, listAuditEntries, listTokens, revokeToken } from '@taskflow/engine';
import type { AccessServiceService } from '@taskflow/proto/taskflow/v1/access.js';
import type { Handlers } from '@taskflow/rpc/server';
import type { ApiContext } from '../context.js';
import { writeAuditEntry, writeCaller, writeToken } from '../message/access.js';
import { readDuration } from '../message/duration.js';

export function accessHandlers({ ctx, gate }: ApiContext): Handlers<typeof AccessServiceService> {
  return {
    async createToken({ name, role, ttl }, call) {
      const { token, secret } = await createToken(ctx(call), { name, role, ttlMs: readDuration(ttl, 'ttl') });
      return { token: writeToken(token), secret };
    },
    async listTokens(request, call) {
      const { items, nextPageToken } = await listTokens(ctx(call), request);
      return { tokens: items.map(writeToken), nextPageToken };
    },
    async revokeToken(request, call) {
      const token = await revokeToken(ctx(call), request);
      await gate?.recheck();
      return { token: writeToken(token) };
    },
    whoAmI: async (_request, { caller }) => writeCaller(caller),
    async listAuditEntries(request, call) {
      const { items, nextPageToken } = await listAuditEntries(ctx(call), request);
      return { entries: items.map(writeAuditEntry), nextPageToken };
    },
  };
}
