import type { JsonObject } from '@taskflow/domain';
import type { CancelOutcome } from '../outcome.js';
import { ANNOTATIONS } from './build-job.js';
import type { Cluster } from './cluster.js';
import { KubeError, messageOf } from './kube-error.js';

/**
 * Ends a Job by its deadline instead of deleting it: its pods end first, and the Job stays to tell of it. With another uid
 * under the path the server refuses.
 */
export async function endJob(
  cluster: Cluster,
  path: string,
  uid: string,
  annotations: JsonObject,
  signal: AbortSignal,
): Promise<void> {
  await cluster.json({
    method: 'PATCH',
    path,
    query: { fieldManager: 'taskflow' },
    contentType: 'application/merge-patch+json',
    body: { metadata: { uid, annotations }, spec: { activeDeadlineSeconds: 1 } },
    signal,
  });
}

/** Asks for the end of a Job; one that is gone, or over, counts as ended. */
export async function cancelJob(
  cluster: Cluster,
  path: string,
  uid: string,
  reason: string,
  signal: AbortSignal,
): Promise<CancelOutcome> {
  try {
    await endJob(cluster, path, uid, { [ANNOTATIONS.cancel]: reason.slice(0, 1024) }, signal);
    return { kind: 'sent' };
  } catch (error) {
    const code = error instanceof KubeError ? error.status.code : 0;
    // Gone, or another one stands under its name by now.
    const isOver = code === 404 || code === 409 || code === 422;
    return isOver ? { kind: 'sent' } : { kind: 'unavailable', message: messageOf(error) };
  }
}
