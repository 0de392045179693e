import { ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { parseTraceparent } from '@taskflow/domain';
import type { JobEndRow, LockedJob } from '@taskflow/store';
import type { Ctx } from '../context.js';

/** A job whose end was written now, with the moments that its spans are made of. */
export interface EndedJob {
  readonly job: LockedJob;
  readonly end: Pick<JobEndRow, 'outcome' | 'reason' | 'message' | 'startedAt' | 'finishedAt'>;
}

/**
 * Tells the trace of pushed attempts, once they are over: how long each was on its way, waited there and ran, by the times of the
 * destination. Told by whoever writes the end, so each once; they hang below the span that the job itself was given.
 */
export function tracePushed(ctx: Pick<Ctx, 'tracer' | 'clock'>, ended: Iterable<EndedJob>): void {
  for (const { job, end } of ended) {
    const parent = parseTraceparent(job.trace_parent ?? '');
    if (parent === undefined) continue;
    const { traceId, spanId, sampled } = parent;
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const above = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
    const over = end.finishedAt ?? ctx.clock.now();
    const started = job.remote_started_at ?? end.startedAt;
    const moments: readonly (readonly [string, Date | null | undefined, Date | null | undefined])[] = [
      ['submit', job.created_at, job.submitted_at],
      ['queued', job.submitted_at, started],
      ['running', started, over],
    ];
    const attributes = attributesOf(job);
    for (const [name, from, to] of moments) {
      if (from === null || from === undefined) continue;
      const span = ctx.tracer.startSpan(`taskflow.push.${name}`, { startTime: from, attributes }, above);
      // The clock of the destination is another one than ours.
      const until = new Date(Math.max(from.getTime(), (to ?? over).getTime()));
      const isLast = to === over || to === null || to === undefined;
      if (isLast && end.outcome !== 'success') {
        span.setStatus({ code: SpanStatusCode.ERROR, message: end.reason ?? end.outcome });
      }
      span.end(until);
    }
  }
}

function attributesOf(job: LockedJob): Record<string, string | number> {
  return {
    'taskflow.task': job.task_name,
    'taskflow.task_instance.id': job.task_instance_id,
    'taskflow.attempt': job.attempt,
    'taskflow.destination': job.destination,
    'taskflow.job.name': job.external_name,
    ...(job.external_id === null ? {} : { 'taskflow.job.id': job.external_id }),
    ...(job.link === null ? {} : { 'taskflow.job.link': job.link }),
  };
}
