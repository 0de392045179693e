import type { Ctx } from '@taskflow/engine';
import type { Call } from '@taskflow/rpc/server';
import type { Gate } from './access/gate.js';
import type { Hub } from './session/hub.js';
import type { Waiters } from './wait/waiters.js';

/** What the handlers share. */
export interface ApiContext {
  readonly hub: Hub;
  readonly waiters: Waiters;
  /** The verbs' context of one request. */
  ctx(call: Call): Ctx;
  /** Absent where everybody may call. */
  readonly gate?: Gate | undefined;
  /** Names this process in worker_sessions. */
  readonly api: string;
}

export function requestContext(base: Ctx): (call: Call) => Ctx {
  return ({ method, requestId, logger, signal, caller }) => ({
    ...base,
    logger,
    signal,
    actor: caller?.name ?? base.actor,
    origin: { method, requestId, role: caller?.role, tokenId: caller?.tokenId },
  });
}
