import type { Logger } from '@taskflow/runtime';
import type { Caller } from '../access/guard.js';

/** One request being served, over whichever wire it came. */
export interface Call {
  /** Given by the caller (`x-request-id`) or made here; sent back with the answer. */
  readonly requestId: string;
  /** `taskflow.v1.InstanceService/GetTaskInstance`. */
  readonly method: string;
  /** Absent where no token is asked for. */
  readonly caller?: Caller;
  /** Aborted when the caller gives up, disconnects, its deadline has passed or its token has ended. */
  readonly signal: AbortSignal;
  /** Adds the request id to each line. */
  readonly logger: Logger;
  /** W3C trace context of the server's span (of the caller where none is made); absent outside of any trace. */
  readonly traceParent?: string;
  readonly traceState?: string;
}

/** What the caller sent besides the message. */
export interface CallHeaders {
  readonly requestId?: string | undefined;
  readonly traceParent?: string | undefined;
  readonly traceState?: string | undefined;
}
