import type { Tracer } from '@opentelemetry/api';
import type { Clock } from '@taskflow/domain';
import type { Logger } from '@taskflow/runtime';
import type { Db } from '@taskflow/store';
import type { WaitingWorker } from './submission/waiting-worker.js';
import type { Wake } from './wake.js';

/** What every verb gets: built once per request or tick, plain data and functions. */
export interface Ctx {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly wake: Wake;
  /** A worker that is connected to this process and waits for work of this lane; absent where none connect. */
  readonly waitingWorker?: ((laneId: number) => WaitingWorker | undefined) | undefined;
  /** Who asks, for the history: a token's name, `worker:NAME`, `scheduler`, `pusher:NAME`. */
  readonly actor: string;
  /** The call that asks, for the audit; absent where none does. */
  readonly origin?: CallOrigin | undefined;
  readonly signal: AbortSignal;
}

export interface CallOrigin {
  /** `taskflow.v1.InstanceService/CancelTaskInstance`. */
  readonly method: string;
  readonly requestId: string;
  /** Absent where no token is asked for. */
  readonly role?: string | undefined;
  readonly tokenId?: string | undefined;
}

/** Context of the elected scheduler: every transaction of its verbs begins by fencing on the term. */
export interface SchedulerCtx extends Ctx {
  /** Decimal string. */
  readonly term: string;
}
