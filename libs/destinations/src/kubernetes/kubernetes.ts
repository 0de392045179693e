import type { Clock, JsonObject } from '@taskflow/domain';
import type {
  DestinationContext,
  DestinationHealth,
  ExternalSummary,
  ProbeRequest,
  PushDestination,
  PushIdentity,
  ResolvedSpec,
  SubmitRequest,
} from '../destination.js';
import { jobName } from '../job-name.js';
import type { ExternalRef, Observation } from '../observation.js';
import type { ProbeOutcome, SubmitOutcome } from '../outcome.js';
import { ANNOTATIONS, buildJob, LABELS, labelValue } from './build-job.js';
import { classifyCreate } from './classify-error.js';
import { openCluster, type Cluster, type ClusterAccess } from './cluster.js';
import { cancelJob, endJob } from './end-job.js';
import { checkJobSpec, mainOf } from './job-spec.js';
import { isGone, KubeError, messageOf } from './kube-error.js';
import { keepJob, keepPod, type KeptJob, type KeptPod, type RawJob, type RawPod } from './kube-objects.js';
import { hopelessTrouble, observeJob, type Patience } from './observe-job.js';
import { readLog } from './read-log.js';
import { openView, type NamespaceView } from './view.js';

export { checkCluster } from './check-cluster.js';

export interface KubernetesOptions extends ClusterAccess {
  readonly name: string;
  /** Where a Task's `push` names none. */
  readonly namespace: string;
  /** A pod template beneath every Task's own. */
  readonly podTemplate?: JsonObject | undefined;
  readonly patience?: Patience | undefined;
  /** Milliseconds without a word after which a watch counts as dead; 90,000 by default. */
  readonly silenceMs?: number | undefined;
  readonly clock: Clock;
}

/** The name is copied into a label. */
const MAX_NAME_LENGTH = 63;
const AT_ONCE = 10;
const PATIENCE: Patience = { image: 5 * 60_000, config: 60_000 };

/**
 * Runs Jobs in a Kubernetes cluster. A Job's name is taken once and for all, so a submit whose answer was lost is made good by
 * looking at the name; its uid is its identity. What runs is followed by a watch.
 */
export function createKubernetesDestination(options: KubernetesOptions): PushDestination {
  const { name, namespace: usual, podTemplate = {}, clock, patience = PATIENCE, silenceMs } = options;
  const stopped = new AbortController();
  const views = new Map<string, NamespaceView>();
  let cluster: Cluster;
  let context: DestinationContext;

  const pathOf = (namespace: string, job = ''): string =>
    `/apis/batch/v1/namespaces/${encodeURIComponent(namespace)}/jobs${job === '' ? '' : `/${encodeURIComponent(job)}`}`;
  const scopeOf = ({ scope }: { readonly scope: JsonObject }): string => {
    const { namespace } = scope;
    return typeof namespace === 'string' ? namespace : usual;
  };
  const viewOf = (namespace: string): NamespaceView => {
    const known = views.get(namespace);
    if (known) return known;
    const { deploymentId, logger } = context;
    const labelSelector = `${LABELS.deployment}=${deploymentId},${LABELS.destination}=${labelValue(name)}`;
    const made = openView({ cluster, clock, logger, namespace, labelSelector, silenceMs, signal: stopped.signal });
    views.set(namespace, made);
    return made;
  };
  const readJob = async (namespace: string, job: string, signal: AbortSignal): Promise<KeptJob | undefined> => {
    try {
      return keepJob(await cluster.json<RawJob>({ method: 'GET', path: pathOf(namespace, job), signal }));
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  };
  /** Straight from the server: the watch may not have it yet. */
  const readPod = async (namespace: string, job: KeptJob, signal: AbortSignal): Promise<KeptPod | undefined> => {
    const query = { labelSelector: `batch.kubernetes.io/controller-uid=${job.uid}` };
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
    const { items } = await cluster.json<{ items: RawPod[] }>({ method: 'GET', path, query, signal });
    return items.map(keepPod).at(-1);
  };

  const submitOne = async (job: SubmitRequest, signal: AbortSignal): Promise<SubmitOutcome> => {
    const namespace = scopeOf(job);
    const query = { fieldManager: 'taskflow', fieldValidation: 'Strict' };
    try {
      const body = buildJob(job, name, podTemplate);
      const made = await cluster.json<RawJob>({ method: 'POST', path: pathOf(namespace), query, body, signal });
      return { kind: 'accepted', externalId: made.metadata.uid, scope: job.scope };
    } catch (error) {
      if (!(error instanceof KubeError && error.status.reason === 'AlreadyExists')) {
        return classifyCreate(error, namespace !== usual);
      }
    }
    try {
      const found = await readJob(namespace, job.externalName, signal);
      if (found === undefined) return { kind: 'ambiguous', message: `${job.externalName} was there, and is not` };
      const ours = isOurs(found, job.identity);
      return {
        kind: 'exists',
        externalId: found.uid,
        scope: job.scope,
        ours,
        sameSpec: found.specHash === job.specHash,
      };
    } catch (error) {
      return { kind: 'ambiguous', message: messageOf(error) };
    }
  };

  const probeOne = async (request: ProbeRequest, signal: AbortSignal): Promise<ProbeOutcome> => {
    const { externalName, identity, scope } = request;
    try {
      const job = await readJob(scopeOf(request), externalName, signal);
      if (job === undefined) return { kind: 'absent', certainty: 'definitive' };
      if (!isOurs(job, identity)) {
        return { kind: 'foreign', message: `the Job ${externalName} belongs to another deployment or attempt` };
      }
      const pod = await readPod(scopeOf(request), job, signal);
      return { kind: 'found', observation: observeJob(job, pod, { externalName, externalId: job.uid, scope }) };
    } catch (error) {
      return { kind: 'unknown', message: messageOf(error) };
    }
  };

  const describeOne = async (ref: ExternalRef, signal: AbortSignal): Promise<Observation | undefined> => {
    const namespace = scopeOf(ref);
    const view = viewOf(namespace);
    const known = view.job(ref.externalId);
    const job = known ?? (await readJob(namespace, ref.externalName, signal));
    if (job === undefined || job.uid !== ref.externalId) return undefined;
    const over = job.conditions.some(({ type }) => type === 'Complete' || type === 'Failed');
    const pod = view.pod(job.uid) ?? (over ? await readPod(namespace, job, signal) : undefined);
    const trouble =
      pod && !over && job.trouble === undefined ? hopelessTrouble(pod, clock.now().getTime(), patience) : undefined;
    if (trouble)
      await endJob(
        cluster,
        pathOf(namespace, ref.externalName),
        ref.externalId,
        { [ANNOTATIONS.trouble]: JSON.stringify(trouble) },
        signal,
      );
    return observeJob(job, pod, ref);
  };

  return {
    name,
    kind: 'kubernetes',
    capabilities: {
      enforcesName: 'always',
      probe: 'definitive',
      logs: 'fetch',
      streams: 'one',
      maxSubmitBatch: AT_ONCE,
      maxDescribeBatch: 500,
      requiresSingleOwner: false,
      maxNameLength: MAX_NAME_LENGTH,
    },
    start: (given) => {
      context = given;
      cluster = openCluster(options);
      viewOf(usual);
      return Promise.resolve();
    },
    stop: () => Promise.resolve(stopped.abort()),
    health: async (): Promise<DestinationHealth> => {
      try {
        const query = { limit: '1' };
        await cluster.json({ method: 'GET', path: pathOf(usual), query, signal: stopped.signal });
        for (const view of views.values()) if (view.fault() !== undefined) view.retry();
        const fault = viewOf(usual).fault();
        return fault === undefined ? { ok: true } : { ok: false, message: `${cluster.server}: ${fault}` };
      } catch (error) {
        return { ok: false, message: `${cluster.server}: ${messageOf(error)}` };
      }
    },
    validate: (spec) => checkJobSpec(spec, podTemplate),
    nameFor: (identity) => jobName(identity, MAX_NAME_LENGTH),
    scopeFor: ({ push }: ResolvedSpec) => ({ namespace: push['namespace'] ?? usual }),
    submit: (jobs, signal) => Promise.all(jobs.map((job) => submitOne(job, signal))),
    probe: (jobs, signal) => inGroups(jobs, (job) => probeOne(job, signal)),
    describe: async (refs, signal) => {
      const views_ = new Set(refs.map((ref) => viewOf(scopeOf(ref))));
      await Promise.all([...views_].map((view) => view.synced(signal)));
      const fault = [...views_].map((view) => view.fault()).find((message) => message !== undefined);
      // What is held may be old, and a job that it lacks may be there.
      if (fault !== undefined) throw new Error(`the watch is broken: ${fault}`);
      return (await inGroups(refs, (ref) => describeOne(ref, signal))).filter((seen) => seen !== undefined);
    },
    cancel: (refs, reason, signal) =>
      inGroups(refs, (ref) =>
        cancelJob(cluster, pathOf(scopeOf(ref), ref.externalName), ref.externalId, reason, signal),
      ),
    async *sweep(signal): AsyncIterable<ExternalSummary> {
      for (const [namespace, view] of views) {
        await view.synced(signal);
        for (const job of view.jobs()) {
          const ref = { externalName: job.name, externalId: job.uid, scope: { namespace } };
          const { terminal } = observeJob(job, undefined, ref);
          yield { ref, deploymentId: job.labels[LABELS.deployment], terminal, createdAt: job.createdAt };
        }
      }
    },
    cleanup: async (refs, signal) => {
      for (const ref of refs) {
        const job = viewOf(scopeOf(ref)).job(ref.externalId);
        if (job === undefined || !observeJob(job, undefined, ref).terminal) continue;
        // A body makes the server ignore the query, and its default would leave the pods behind.
        const body = { propagationPolicy: 'Background', preconditions: { uid: ref.externalId } };
        const path = pathOf(scopeOf(ref), ref.externalName);
        await cluster.json({ method: 'DELETE', path, body, signal }).catch((error: unknown) => {
          if (!isGone(error)) throw error;
        });
        viewOf(scopeOf(ref)).forget(ref.externalId);
      }
    },
    logLink: (ref) => cluster.server + pathOf(scopeOf(ref), ref.externalName),
    fetchLogs: async (ref, query, signal) => {
      const namespace = scopeOf(ref);
      const pod = viewOf(namespace).pod(ref.externalId);
      if (pod === undefined) return { lines: [], position: query.position };
      const container = pod.main?.name ?? String(mainOf(podTemplate)?.['name'] ?? 'main');
      return readLog(cluster, { namespace, name: pod.name, container }, query, signal);
    },
  };
}

async function inGroups<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(run))));
  }
  return results;
}

function isOurs(job: KeptJob, identity: PushIdentity): boolean {
  return (
    job.labels[LABELS.deployment] === identity.deploymentId &&
    job.labels[LABELS.instance] === identity.taskInstanceId &&
    job.labels[LABELS.attempt] === String(identity.attempt)
  );
}
