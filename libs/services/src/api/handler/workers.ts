import { parseId } from '@taskflow/domain';
import type { WorkerServiceService } from '@taskflow/proto/taskflow/v1/workers.js';
import type { Handlers } from '@taskflow/rpc/server';
import type { ApiContext } from '../context.js';
import { writeDuration } from '../message/duration.js';
import { serveCompleteAndLease } from '../session/complete-and-lease.js';
import { serveSession } from '../session/serve-session.js';

export function workerHandlers({ hub, api }: ApiContext): Handlers<typeof WorkerServiceService> {
  return {
    session: serveSession(hub, api),
    async heartbeat({ sessionId }) {
      const { leaseTtlMs } = await hub.heartbeat(parseId(sessionId, 'session_id'));
      return { leaseTtl: writeDuration(leaseTtlMs) };
    },
    completeAndLease: serveCompleteAndLease(hub, api),
  };
}
