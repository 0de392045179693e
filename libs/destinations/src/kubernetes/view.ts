import type { Clock } from '@taskflow/domain';
import type { Logger } from '@taskflow/runtime';
import type { Cluster } from './cluster.js';
import { keepJob, keepPod, type KeptJob, type KeptPod, type RawJob, type RawPod } from './kube-objects.js';
import { startReflector } from './reflector.js';

export interface ViewOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  readonly labelSelector: string;
  /** Milliseconds without a word after which a watch counts as dead. */
  readonly silenceMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** The Jobs of a destination in one namespace and their pods, as two watches keep them. */
export interface NamespaceView {
  /** By uid. */
  job(uid: string): KeptJob | undefined;
  jobs(): Iterable<KeptJob>;
  /** By the uid of its Job. */
  pod(jobUid: string): KeptPod | undefined;
  /** Does not wait for the watch to tell of a deletion. */
  forget(jobUid: string): void;
  /** Why what is held may be old; undefined when all is well. */
  fault(): string | undefined;
  /** Does not wait out a pause after a failure. */
  retry(): void;
  /** Both were listed once. @throws when the signal comes first */
  synced(signal: AbortSignal): Promise<void>;
}

export function openView(options: ViewOptions): NamespaceView {
  const { namespace } = options;
  const where = `namespaces/${encodeURIComponent(namespace)}`;
  const jobs = startReflector<RawJob, KeptJob>({
    ...options,
    path: `/apis/batch/v1/${where}/jobs`,
    keyOf: ({ metadata }) => metadata.uid,
    keep: keepJob,
  });
  // A Job of ours makes one pod and no second one.
  const pods = startReflector<RawPod, KeptPod>({
    ...options,
    path: `/api/v1/${where}/pods`,
    keyOf: ({ metadata }) => metadata.labels?.['batch.kubernetes.io/controller-uid'] ?? metadata.uid,
    keep: keepPod,
  });
  const ready = Promise.all([jobs.synced(), pods.synced()]);
  return {
    job: (uid) => jobs.get(uid),
    jobs: () => jobs.values(),
    pod: (jobUid) => pods.get(jobUid),
    forget: (jobUid) => {
      jobs.forget(jobUid);
      pods.forget(jobUid);
    },
    fault: () => jobs.fault() ?? pods.fault(),
    retry: () => {
      jobs.retry();
      pods.retry();
    },
    synced: async (signal) => {
      signal.throwIfAborted();
      const aborted = Promise.withResolvers<never>();
      const onAbort = (): void => aborted.reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        await Promise.race([ready, aborted.promise]);
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}
