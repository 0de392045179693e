import { TerminateJobCommand } from '@aws-sdk/client-batch';
import type { ExternalRef } from '../observation.js';
import type { CancelOutcome } from '../outcome.js';
import type { BatchCalls } from './batch-clients.js';
import { classifyError } from './classify-error.js';

const LONGEST_REASON = 1024;

/**
 * Ends jobs in whatever state they are. Never CancelJob, which does nothing for a job that has started and calls it success. A
 * job that is unknown or over counts as ended.
 */
export async function cancelJobs(
  calls: BatchCalls,
  refs: readonly ExternalRef[],
  reason: string,
  signal: AbortSignal,
): Promise<CancelOutcome[]> {
  const one = async ({ externalId }: ExternalRef): Promise<CancelOutcome> => {
    try {
      const command = new TerminateJobCommand({ jobId: externalId, reason: reason.slice(0, LONGEST_REASON) });
      await calls.run('stop', ({ batch }, abortSignal) => batch.send(command, { abortSignal }), signal);
      return { kind: 'sent' };
    } catch (error) {
      const { kind, scope, message } = classifyError(error);
      const isGone = kind === 'rejected' && scope === 'job';
      return isGone ? { kind: 'sent' } : { kind: 'unavailable', message };
    }
  };
  return Promise.all(refs.map(one));
}
