/** The position in a trace that an instance carries through queues and restarts, as W3C Trace Context names its parts. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const TRACEPARENT =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<rest>-.*)?$/;

/** Reads a `traceparent` header; undefined for anything that the standard tells a receiver to ignore. */
export function parseTraceparent(header: string): TraceContext | undefined {
  const groups = TRACEPARENT.exec(header.trim())?.groups;
  if (groups === undefined) return undefined;
  const { version = '', traceId = '', spanId = '', flags = '', rest } = groups;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;
}
