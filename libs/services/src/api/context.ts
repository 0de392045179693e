import type { Ctx } from '@taskflow/engine';
import type { Call } from '@taskflow/rpc/server';
import type { Hub } from './session/hub.js';
import type { Waiters } from './wait/waiters.js';

/** What the handlers share. */
export interface ApiContext {
  readonly hub: Hub;
  readonly waiters: Waiters;
  /** The verbs' context of one request. */
  ctx(call: Call): Ctx;
  /** Names this process in worker_sessions. */
  readonly api: string;
}

export function requestContext(base: Ctx): (call: Call) => Ctx {
  return (call) => ({ ...base, logger: call.logger, signal: call.signal, actor: call.caller?.name ?? base.actor });
}
