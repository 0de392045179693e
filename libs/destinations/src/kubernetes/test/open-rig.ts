import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { processEnvironment } from '@taskflow/runtime';
import { openFaultProxy, type FaultProxy } from '../../conformance/fault-proxy.js';
import { openCluster, type Cluster, type KubeRequest } from '../cluster.js';
import { isGone, KubeError } from '../kube-error.js';

export interface KubernetesRig {
  /** Of a user who may do what docs/kubernetes-role.yaml says, in `namespace` alone. */
  readonly kubeconfig: string;
  readonly namespace: string;
  /** As the cluster's administrator. */
  admin<T>(method: KubeRequest['method'], path: string, body?: unknown): Promise<T>;
  /** Ends the API server and starts it again. */
  restartApiServer(): void;
  /** The same cluster and user behind a proxy that makes faults; its kubeconfig has a place of its own. */
  throughProxy(): Promise<{ readonly proxy: FaultProxy; readonly kubeconfig: string }>;
  close(): Promise<void>;
}

export interface KubernetesRigOptions {
  /** That the node has room for; 500 by default. */
  readonly pods?: number;
}

const HOME = fileURLToPath(new URL('../../../../../tools/rig/kubernetes/', import.meta.url));

/** A real control plane with one node whose pods are processes of this machine, and a namespace of our own. */
export async function openKubernetesRig(options: KubernetesRigOptions = {}): Promise<KubernetesRig> {
  const bin = execFileSync(`${HOME}build.sh`, { encoding: 'utf8' }).trim();
  const child = spawn(`${HOME}start.sh`, [], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...processEnvironment(),
      K8S_RIG_BIN: bin,
      RIG_TIE_STDIN: '1',
      RIG_NODE_BIN: process.execPath,
      NODE_PODS: String(options.pods ?? 500),
    },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address: Record<string, string> = {};
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('READY')) break;
    const [name = '', value = ''] = line.split(/=(.*)/);
    address[name] = value;
  }
  const at = (name: string): string => {
    const found = address[name];
    if (found === undefined) throw new Error(`the rig did not start: no ${name} (exit code ${String(child.exitCode)})`);
    return found;
  };
  const cluster = openCluster({ kubeconfig: at('KUBECONFIG_ADMIN') });
  const namespace = 'jobs';
  await furnish(cluster, namespace);
  const rig: KubernetesRig = {
    kubeconfig: at('KUBECONFIG_TASKFLOW'),
    namespace,
    admin: <T>(method: KubeRequest['method'], path: string, body?: unknown) => ask<T>(cluster, method, path, body),
    restartApiServer: () => void process.kill(Number(at('RIG_PID')), 'SIGUSR1'),
    throughProxy: async () => {
      const proxy = await openFaultProxy({ target: at('K8S_SERVER'), nameOf });
      const kubeconfig = `${at('RIG_DIR')}/proxy-${new URL(proxy.url).port}.kubeconfig`;
      writeKubeconfig(kubeconfig, proxy.url, 'taskflow-token');
      return { proxy, kubeconfig };
    },
    async close() {
      child.stdin.end();
      child.kill('SIGTERM');
      await ended;
    },
  };
  await roleInEffect(rig);
  return rig;
}

/** As whoever bears this token. */
export function writeKubeconfig(path: string, server: string, token: string): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'rig',
    clusters: [{ name: 'rig', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: { token } }],
    contexts: [{ name: 'rig', context: { cluster: 'rig', user: 'me' } }],
  };
  writeFileSync(path, JSON.stringify(config));
}

/** Which call of the API a request is: `create jobs`, `watch pods`, `log pods`, … */
function nameOf(method: string, path: string): string {
  const url = new URL(path, 'http://any');
  const [, kind = '', name, sub] = /\/namespaces\/[^/]+\/(\w+)(?:\/([^/]+))?(?:\/(\w+))?/.exec(url.pathname) ?? [];
  if (method === 'POST') return `create ${kind}`;
  if (method !== 'GET') return `${method.toLowerCase()} ${kind}`;
  if (sub !== undefined) return `${sub} ${kind}`;
  if (url.searchParams.has('watch')) return `watch ${kind}`;
  return `${name === undefined ? 'list' : 'get'} ${kind}`;
}

const ROLE = new URL('../../../../../docs/kubernetes-role.yaml', import.meta.url);

async function furnish(cluster: Cluster, namespace: string): Promise<void> {
  await ask(cluster, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await ask(cluster, 'POST', `${rbac}/roles`, parse(readFileSync(ROLE, 'utf8')));
  const apiGroup = 'rbac.authorization.k8s.io';
  await ask(cluster, 'POST', `${rbac}/rolebindings`, {
    metadata: { name: 'taskflow-pusher' },
    roleRef: { apiGroup, kind: 'Role', name: 'taskflow-pusher' },
    subjects: [{ apiGroup, kind: 'User', name: 'taskflow' }],
  });
}

async function roleInEffect({ kubeconfig, namespace }: KubernetesRig): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    try {
      await ask(openCluster({ kubeconfig }), 'GET', path);
      return;
    } catch (error) {
      if (!(error instanceof KubeError && error.status.code === 403)) throw error;
    }
  }
  throw new Error('the role of the rig did not take effect');
}

async function ask<T>(cluster: Cluster, method: KubeRequest['method'], path: string, body?: unknown): Promise<T> {
  return cluster.json<T>({ method, path, body, signal: AbortSignal.timeout(20_000) });
}

/** Deletes a Job as somebody else's hand would. */
export async function deleteJob(rig: KubernetesRig, name: string): Promise<void> {
  const path = `/apis/batch/v1/namespaces/${rig.namespace}/jobs/${name}`;
  await rig.admin('DELETE', path, { propagationPolicy: 'Background' }).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}
