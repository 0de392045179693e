import type { Tracer } from '@opentelemetry/api';
import type { Clock } from '@taskflow/domain';
import type { Logger } from '@taskflow/runtime';
import type { Db } from '@taskflow/store';
import type { Wake } from './wake.js';

/** What every verb gets: built once per request or tick, plain data and functions. */
export interface Ctx {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly wake: Wake;
  /** Who asks, for the history: a token's name, `worker:NAME`, `scheduler`, `pusher:NAME`. */
  readonly actor: string;
  readonly signal: AbortSignal;
}

/** Context of the elected scheduler: every transaction of its verbs begins by fencing on the term. */
export interface SchedulerCtx extends Ctx {
  /** Decimal string. */
  readonly term: string;
}
