import { TerminateJobCommand, type BatchClient } from '@aws-sdk/client-batch';
import type { ExternalRef } from '../observation.js';
import type { CancelOutcome } from '../outcome.js';
import { classifyError } from './classify-error.js';

const AT_ONCE = 10;
const LONGEST_REASON = 1024;

/**
 * Ends jobs in whatever state they are. Never CancelJob, which does nothing for a job that has started and calls it success. A
 * job that is unknown or over counts as ended.
 */
export async function cancelJobs(
  client: BatchClient,
  refs: readonly ExternalRef[],
  reason: string,
  signal: AbortSignal,
): Promise<CancelOutcome[]> {
  const one = async ({ externalId }: ExternalRef): Promise<CancelOutcome> => {
    try {
      const command = new TerminateJobCommand({ jobId: externalId, reason: reason.slice(0, LONGEST_REASON) });
      await client.send(command, { abortSignal: signal });
      return { kind: 'sent' };
    } catch (error) {
      const { kind, scope, message } = classifyError(error);
      const isGone = kind === 'rejected' && scope === 'job';
      return isGone ? { kind: 'sent' } : { kind: 'unavailable', message };
    }
  };
  const outcomes: CancelOutcome[] = [];
  for (let from = 0; from < refs.length; from += AT_ONCE) {
    outcomes.push(...(await Promise.all(refs.slice(from, from + AT_ONCE).map(one))));
  }
  return outcomes;
}
