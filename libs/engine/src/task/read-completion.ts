import { checkOutput, isTaskflowError, parseTraceparent, type JsonValue } from '@taskflow/domain';
import type { LeaseRef } from '@taskflow/store';

export interface CompletionInput {
  readonly ref: LeaseRef;
  readonly outcome: 'success' | 'failed' | 'cancelled' | 'timeout';
  /** JSON text, at most 256 KiB; empty or absent: none. */
  readonly outputJson?: string | undefined;
  /** UPPER_SNAKE; by default what the outcome says. */
  readonly reason?: string | undefined;
  /** Beyond 8 KiB it is cut. */
  readonly message?: string | undefined;
  readonly exitCode?: number | undefined;
  /** False: no retry, whatever the policy says. */
  readonly retryable?: boolean | undefined;
  /** W3C traceparent that it ran under; what is none is left out. */
  readonly traceParent?: string | undefined;
}

/** A completion as it is stored. `refused`: it was no good, and ends its attempt as failed with this message. */
export interface ReadCompletion {
  readonly ref: LeaseRef;
  readonly outcome: CompletionInput['outcome'];
  readonly output?: string | undefined;
  readonly reason: string;
  readonly message?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly final: boolean;
  readonly refused?: string | undefined;
  readonly traceParent?: string | undefined;
}

const LONGEST_MESSAGE = 8 * 1024;
const REASON = /^[A-Z][A-Z0-9_]{0,63}$/;
const DEFAULT_REASON = { success: '', failed: 'USER_ERROR', cancelled: 'CANCELLED', timeout: 'TIMEOUT' } as const;

export function readCompletion(input: CompletionInput): ReadCompletion {
  const { ref, outcome, message, exitCode, retryable, traceParent } = input;
  const reason = input.reason !== undefined && REASON.test(input.reason) ? input.reason : DEFAULT_REASON[outcome];
  const read = {
    ref,
    outcome,
    reason,
    message: message === undefined || message === '' ? undefined : storable(message),
    exitCode,
    final: retryable === false,
    traceParent:
      traceParent !== undefined && parseTraceparent(traceParent) !== undefined ? traceParent.trim() : undefined,
  };
  if (outcome !== 'success') return read;
  if (input.outputJson === undefined || input.outputJson === '') return read;
  try {
    return { ...read, output: checkOutput(JSON.parse(input.outputJson) as JsonValue) };
  } catch (error) {
    const known = isTaskflowError(error);
    const fault = known ? error.message : 'the output is no JSON; return a value that JSON can hold';
    const why = known && error.reason === 'OUTPUT_TOO_LARGE' ? error.reason : 'INVALID_OUTPUT';
    return { ...read, outcome: 'failed', reason: why, message: storable(fault), final: true, refused: fault };
  }
}

/** Postgres holds no NUL in a text; what is too long keeps its beginning. */
function storable(text: string): string {
  const clean = text.replaceAll('\0', '\uFFFD');
  if (Buffer.byteLength(clean) <= LONGEST_MESSAGE) return clean;
  const cut = Buffer.from(clean)
    .subarray(0, LONGEST_MESSAGE - 16)
    .toString('utf8');
  return `${cut.replace(/\uFFFD+$/, '')}… (cut off)`;
}
