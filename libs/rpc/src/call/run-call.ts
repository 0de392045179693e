import { randomUUID } from 'node:crypto';
import { context, trace, type Span, type Tracer } from '@opentelemetry/api';
import type { Logger } from '@taskflow/runtime';
import { admit, type Credentials } from '../access/admit.js';
import type { Admission, Guard } from '../access/guard.js';
import { bearsOwnToken } from '../access/role-table.js';
import { toWireError, type WireError } from '../error/wire-error.js';
import type { Call, CallHeaders } from './call.js';
import { callerContext, endSpan, startServerSpan, traceHeaders } from './trace.js';

export interface CallEnvironment {
  readonly logger: Logger;
  readonly tracer: Tracer;
  /** Without one, every call is served. */
  readonly guard?: Guard | undefined;
}

export interface IncomingCall {
  readonly method: string;
  readonly headers: CallHeaders;
  /** Absent for what anybody may ask. */
  readonly credentials?: Credentials | undefined;
  /** Aborted by whoever serves the call, with a TaskflowError as the reason. */
  readonly ending: AbortController;
  /** False for a stream that lives as long as its client: a span of hours shows nothing. */
  readonly span: boolean;
  /** True for a stream of either side. */
  readonly stream: boolean;
}

export type CallResult<T> = { readonly value: T } | { readonly failure: WireError };

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The request id to serve a call under: the caller's where it is a sane one. */
export function requestIdOf(headers: CallHeaders): string {
  return headers.requestId !== undefined && REQUEST_ID.test(headers.requestId) ? headers.requestId : randomUUID();
}

/** Serves one call: access, request id, trace, log; whatever is thrown becomes a WireError, and a bug is logged in full. */
export async function runCall<T>(
  environment: CallEnvironment,
  incoming: IncomingCall,
  requestId: string,
  work: (call: Call) => Promise<T>,
): Promise<CallResult<T>> {
  const { method, headers, ending } = incoming;
  const { signal } = ending;
  const parent = callerContext(headers);
  const span = incoming.span ? startServerSpan(environment.tracer, method, parent) : undefined;
  const logger = environment.logger.child({ request_id: requestId });
  const call: Call = { requestId, method, signal, logger, ...callTrace(headers, span) };
  return context.with(span ? trace.setSpan(parent, span) : parent, async () => {
    try {
      const { guard } = environment;
      const open = guard === undefined || incoming.credentials === undefined || bearsOwnToken(method);
      const value = open
        ? await work(call)
        : await workAs(await admit(guard, method, incoming.credentials), incoming, call, work);
      if (span) endSpan(span);
      logger.debug({ method }, 'call served');
      return { value };
    } catch (error) {
      const failure = toWireError(error, requestId);
      report(logger, method, error, failure, signal.aborted && failure.kind !== 'Unauthenticated');
      if (span) endSpan(span, failure);
      return { failure };
    }
  });
}

/** A stream fails as soon as its token has ended; a call that waits is told by its signal, and answers what it has done by then. */
async function workAs<T>(
  admission: Admission,
  incoming: IncomingCall,
  call: Call,
  work: (call: Call) => Promise<T>,
): Promise<T> {
  const over = Promise.withResolvers<never>();
  let ended: Error | undefined;
  const unfollow = admission.follow((error) => {
    ended = error;
    incoming.ending.abort(error);
    if (incoming.stream) over.reject(error);
  });
  try {
    const worked = work({ ...call, caller: admission.caller });
    return await (incoming.stream ? Promise.race([worked, over.promise]) : worked);
  } catch (error) {
    throw ended ?? error;
  } finally {
    unfollow();
  }
}

function callTrace(headers: CallHeaders, span: Span | undefined): Pick<Call, 'traceParent' | 'traceState'> {
  const own = span ? traceHeaders(span) : {};
  if (own.traceParent !== undefined) return own;
  if (headers.traceParent === undefined) return {};
  return { traceParent: headers.traceParent, ...(headers.traceState ? { traceState: headers.traceState } : {}) };
}

function report(logger: Logger, method: string, error: unknown, failure: WireError, abandoned: boolean): void {
  if (abandoned) logger.debug({ method, err: error }, 'caller gone');
  else if (failure.kind === undefined) logger.error({ err: error, method }, 'call failed by a fault');
  else if (failure.http >= 500) logger.warn({ method, reason: failure.reason, err: error }, 'call not served');
  else logger.debug({ method, reason: failure.reason }, 'call refused');
}
