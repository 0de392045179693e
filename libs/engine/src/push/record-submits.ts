import type { JsonObject } from '@taskflow/domain';
import { doubtSubmits, recordSubmitRows, type SubmitRow } from '@taskflow/store';
import { announceEnds, noEnds } from '../task/announce-ends.js';
import { endPushed, type PushEnd } from './end-pushed.js';
import { fenced, type PushCtx } from './push-context.js';

/** What is known of a job after a submit, or after it was looked for by name. */
export type SubmitResult = { readonly jobId: string } & (
  | {
      readonly kind: 'exists';
      readonly externalId: string;
      readonly scope: JsonObject;
      readonly link?: string | undefined;
    }
  /** Certainly not created: to be submitted after a pause. */
  | { readonly kind: 'again'; readonly delayMs: number; readonly message: string }
  /** Perhaps created: to be looked for after a pause. */
  | { readonly kind: 'ambiguous'; readonly delayMs: number; readonly message: string }
  /** Refused for good. `code` is UPPER_SNAKE. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
);

export interface RecordSubmitsInput {
  readonly results: readonly SubmitResult[];
  /** Milliseconds that an accepted job may wait for its start; no limit when absent. */
  readonly startTimeoutMs?: number | undefined;
}

/** Writes results of submits and probes. A job that is not in `submitting` or `ambiguous` any more is left alone. */
export async function recordSubmits(ctx: PushCtx, input: RecordSubmitsInput): Promise<void> {
  const { results, startTimeoutMs } = input;
  if (results.length === 0) return;
  const ends = noEnds();
  const rows = results.flatMap((result) => toRow(result));
  const refused = results.flatMap((result): PushEnd[] => {
    if (result.kind !== 'refused') return [];
    const { jobId, code: reason, message } = result;
    return [{ jobId, end: { outcome: 'failed', reason, message, final: true }, failureClass: 'rejected' }];
  });
  await fenced(ctx, async (q) => {
    if (rows.length > 0) await recordSubmitRows(q, rows, { actor: ctx.actor, startTimeoutMs });
    await endPushed(q, ctx.actor, refused, ends);
  });
  announceEnds(ctx, ends);
  ctx.reached('recorded');
}

/** What is marked and has no call under way could not be recorded: it may exist, and is to be looked for. */
export async function doubtMarked(ctx: PushCtx): Promise<void> {
  await fenced(ctx, (q) => doubtSubmits(q, ctx.destination));
}

function toRow(result: SubmitResult): SubmitRow[] {
  const { jobId: id, kind } = result;
  if (kind === 'refused') return [];
  if (kind === 'exists') {
    const scope = JSON.stringify(result.scope);
    const { externalId, link } = result;
    return [{ id, phase: 'submitted', externalId, scope, link, delayMs: 0 }];
  }
  const phase = kind === 'again' ? 'intent' : 'ambiguous';
  return [{ id, phase, delayMs: Math.round(result.delayMs), message: result.message }];
}
