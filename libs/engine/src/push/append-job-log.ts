import type { JsonValue } from '@taskflow/domain';
import { appendPushLog, type PushJobRow } from '@taskflow/store';
import { fenced, type PushCtx } from './push-context.js';

/** How far a job's log is stored. */
export interface LogMark {
  /** In the destination's terms; null for the beginning. */
  readonly position: JsonValue;
  /** Lines that are stored. */
  readonly lines: number;
}

export interface LogPart {
  readonly lines: readonly { readonly stream: 'stdout' | 'stderr'; readonly text: string }[];
  /** Where the next part begins. */
  readonly position: JsonValue;
}

const LONGEST_LINE = 16 * 1024;

export function logMarkOf(job: PushJobRow): LogMark {
  return (job.log_ref as LogMark | null) ?? { position: null, lines: 0 };
}

/** Stores the next lines of a job's log behind `mark`; gives the new mark. Lines are stored once, whoever reads them how often. */
export async function appendJobLog(ctx: PushCtx, jobId: string, mark: LogMark, part: LogPart): Promise<LogMark> {
  if (part.lines.length === 0) return mark;
  const next: LogMark = { position: part.position, lines: mark.lines + part.lines.length };
  const from = mark.lines === 0 ? null : JSON.stringify(mark);
  const lines = part.lines.map(({ stream, text }) => ({ stream, text: text.slice(0, LONGEST_LINE) }));
  await fenced(ctx, (q) => appendPushLog(q, { jobId, from, to: JSON.stringify(next), seq: mark.lines, lines }));
  return next;
}
