import type { JsonObject } from '@taskflow/domain';
import { checkItem, type CheckItem } from '../check-item.js';
import { buildJob } from './build-job.js';
import { openCluster, type Cluster, type ClusterAccess } from './cluster.js';
import { KubeError } from './kube-error.js';
import { mainOf } from './job-spec.js';

export interface ClusterCheck extends ClusterAccess {
  readonly name: string;
  readonly namespace: string;
  readonly podTemplate?: JsonObject | undefined;
}

interface Permission {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verbs: readonly string[];
}

/** What the pusher does in the namespace, as in docs/kubernetes-role.yaml. */
export const PERMISSIONS: readonly Permission[] = [
  { group: 'batch', resource: 'jobs', verbs: ['create', 'get', 'list', 'watch', 'patch', 'delete'] },
  { group: '', resource: 'pods', verbs: ['get', 'list', 'watch'] },
  { group: '', resource: 'pods', subresource: 'log', verbs: ['get'] },
];

const ROLE = 'bind the Role of docs/kubernetes-role.yaml to it in this namespace';
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** What a Kubernetes destination needs of its cluster, asked of the API server itself. Makes nothing there. */
export async function checkCluster(options: ClusterCheck): Promise<CheckItem[]> {
  let cluster: Cluster | undefined;
  const opened = await checkItem('configuration', 'give a kubeconfig that names a cluster and a user', () => {
    cluster = openCluster(options);
    return Promise.resolve(cluster.server);
  });
  if (cluster === undefined) return [opened];
  const server = cluster;
  const { namespace } = options;
  const signal = new AbortController().signal;
  const reached = await checkItem('api server', 'see that it runs and can be reached from here', async () => {
    try {
      return (await server.json<{ gitVersion: string }>({ method: 'GET', path: '/version', signal })).gitVersion;
    } catch (error) {
      // Who it does not know, it tells nothing; that is the next item.
      if (error instanceof KubeError && [401, 403].includes(error.status.code)) return 'answers';
      throw error;
    }
  });
  if (reached.state !== 'ok') return [opened, reached];
  const known = await checkItem('credentials', 'renew the token or certificate of the kubeconfig', async () => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { status } = await server.json<Review>({ method: 'POST', path, body, signal });
    return status.userInfo?.username ?? '';
  });
  if (known.state !== 'ok') return [opened, reached, known];
  const rights = PERMISSIONS.flatMap((permission) =>
    permission.verbs.map((verb) => {
      const { group, resource, subresource } = permission;
      const what = `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`} in ${namespace}`;
      return checkItem(what, ROLE, async () => {
        const resourceAttributes = { namespace, verb, group, resource, subresource };
        const body = {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes },
        };
        const { status } = await server.json<Review>({ method: 'POST', path: REVIEWS, body, signal });
        if (status.allowed === true) return 'allowed';
        throw new Error(`${known.told} may not${status.reason ? ` (${status.reason})` : ''}`);
      });
    }),
  );
  const trial = await checkItem('trial submit', 'see what the API server says of the Job', async () => {
    const query = { dryRun: 'All', fieldManager: 'taskflow', fieldValidation: 'Strict' };
    const path = `/apis/batch/v1/namespaces/${encodeURIComponent(namespace)}/jobs`;
    await server.json({ method: 'POST', path, query, body: trialJob(options), signal });
    return 'accepted as a dry run';
  });
  return [opened, reached, known, ...(await Promise.all(rights)), trial];
}

interface Review {
  readonly status: {
    readonly allowed?: boolean;
    readonly reason?: string;
    readonly userInfo?: { readonly username?: string };
  };
}

function trialJob({ name, podTemplate = {} }: ClusterCheck): JsonObject {
  const image: JsonObject = mainOf(podTemplate)?.['image'] === undefined ? { image: 'taskflow.invalid/check' } : {};
  const identity = { deploymentId: 'check', taskInstanceId: '0', attempt: 1, task: 'check' };
  const spec = { run: { bash: 'true' }, env: {}, params: {}, inputs: {}, push: image };
  return buildJob({ externalName: 'tf-check', identity, spec, scope: {}, specHash: 'check' }, name, podTemplate);
}
