import { appendLines, type LeaseRef } from '@taskflow/store';
import type { Ctx } from '../context.js';

export interface LogLineInput {
  /** Counts from 1 within the attempt; decimal string. */
  readonly seq: string;
  readonly stream: 'stdout' | 'stderr' | 'system';
  readonly at: Date;
  readonly line: string;
}

export interface LogBatchInput {
  readonly ref: LeaseRef;
  /** In the order of their numbers. */
  readonly lines: readonly LogLineInput[];
}

export interface LogAck {
  readonly ref: LeaseRef;
  /** Every line up to this one needs not be sent again; decimal string. */
  readonly seq: string;
}

export interface AppendLogsInput {
  readonly sessionId: string;
  readonly batches: readonly LogBatchInput[];
}

/**
 * Stores log lines; a line that is sent again is stored once. Lines of a lease that was taken away are dropped, and
 * acknowledged too, so that the worker stops sending them.
 */
export async function appendLogs(ctx: Ctx, input: AppendLogsInput): Promise<LogAck[]> {
  const batches = input.batches.filter((batch) => batch.lines.length > 0);
  if (batches.length === 0) return [];
  const lines = batches.flatMap((batch, index) =>
    batch.lines.map(({ seq, stream, at, line }) => ({
      ord: index + 1,
      seq,
      stream,
      at,
      line: line.replaceAll('\0', '\uFFFD'),
    })),
  );
  const stored = await appendLines(ctx.db, { leases: batches.map((batch) => batch.ref), lines });
  if (stored.length < batches.length) {
    const dropped = batches.length - stored.length;
    ctx.logger.debug(
      { session_id: input.sessionId, batches: dropped },
      'log lines of leases that are gone were dropped',
    );
  }
  return batches.map(({ ref, lines }) => ({ ref, seq: lines.at(-1)?.seq ?? '0' }));
}
