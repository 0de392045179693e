import type { JsonObject } from '@taskflow/domain';
import type { ExternalRef, ProbeOutcome, SubmitOutcome } from '@taskflow/destinations';
import type { MarkedSubmit, SubmitResult } from '@taskflow/engine';
import type { PushJobRow } from '@taskflow/store';
import type { Breaker } from './breaker.js';

const LONGEST_PAUSE_MS = 60_000;
const FULL_PAUSE_MS = 1000;

/** What is to be recorded of a submit; failures of the destination count towards its breaker. */
export function readSubmit(
  job: MarkedSubmit,
  outcome: SubmitOutcome | undefined,
  breaker: Breaker,
  ambiguityWindowMs: number,
  linkTo: (ref: ExternalRef) => string | undefined,
): SubmitResult {
  const { jobId } = job;
  const again = (message: string, delayMs = pauseMs(job.tries)): SubmitResult => {
    return { jobId, kind: 'again', delayMs, message };
  };
  const doubt = (message: string): SubmitResult => ({ jobId, kind: 'ambiguous', delayMs: ambiguityWindowMs, message });
  const found = (ref: ExternalRef): SubmitResult => {
    return { jobId, kind: 'exists', externalId: ref.externalId, scope: ref.scope, link: linkTo(ref) };
  };
  if (outcome === undefined) return doubt('the destination gave no answer for it');
  switch (outcome.kind) {
    case 'accepted':
      breaker.succeeded();
      return found({ externalName: job.externalName, externalId: outcome.externalId, scope: outcome.scope });
    case 'exists': {
      breaker.succeeded();
      const { externalId, scope, ours, sameSpec } = outcome;
      if (ours && sameSpec) return found({ externalName: job.externalName, externalId, scope });
      return {
        jobId,
        kind: 'refused',
        code: 'NAME_TAKEN',
        message: `the name ${job.externalName} is taken by another job`,
      };
    }
    case 'rejected':
      if (outcome.scope === 'job') return { jobId, kind: 'refused', code: outcome.code, message: outcome.message };
      breaker.failed(outcome.message, true);
      return again(outcome.message);
    case 'throttled':
      breaker.failed(outcome.message);
      return again(outcome.message, outcome.retryAfterMs);
    case 'full':
      return again(outcome.message, outcome.retryAfterMs ?? FULL_PAUSE_MS);
    case 'unavailable':
      breaker.failed(outcome.message);
      return again(outcome.message);
    case 'ambiguous':
      breaker.failed(outcome.message);
      return doubt(outcome.message);
  }
}

/** What is to be recorded of a doubtful job that was looked for by name. */
export function readProbe(
  job: PushJobRow,
  outcome: ProbeOutcome | undefined,
  ambiguityWindowMs: number,
  linkTo: (ref: ExternalRef) => string | undefined,
): SubmitResult {
  const jobId = job.id;
  if (outcome === undefined) return { jobId, kind: 'ambiguous', delayMs: ambiguityWindowMs, message: 'no answer' };
  switch (outcome.kind) {
    case 'found': {
      const { ref } = outcome.observation;
      return { jobId, kind: 'exists', externalId: ref.externalId, scope: ref.scope, link: linkTo(ref) };
    }
    case 'absent': {
      const sure =
        outcome.certainty === 'definitive' || (job.miss_count > 0 && Number(job.doubt_ms) >= ambiguityWindowMs);
      return sure
        ? { jobId, kind: 'again', delayMs: 0, message: 'an earlier submit did not arrive' }
        : { jobId, kind: 'ambiguous', delayMs: ambiguityWindowMs, message: 'not found yet' };
    }
    case 'foreign':
      return { jobId, kind: 'refused', code: 'NAME_TAKEN', message: outcome.message };
    case 'unknown':
      return { jobId, kind: 'ambiguous', delayMs: pauseMs(job.miss_count + 1), message: outcome.message };
  }
}

/** A job as the destination names it. */
export function refOf(job: PushJobRow): { externalName: string; externalId: string; scope: JsonObject } {
  return { externalName: job.external_name, externalId: job.external_id ?? '', scope: job.scope as JsonObject };
}

function pauseMs(tries: number): number {
  return Math.random() * Math.min(1000 * 2 ** tries, LONGEST_PAUSE_MS);
}
