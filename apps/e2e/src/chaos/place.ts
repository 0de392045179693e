import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { ExternalJob } from '@taskflow/audit';
import { openBatchRig, type BatchRig } from '@taskflow/destinations/rig/aws-batch';
import { openKubernetesRig } from '@taskflow/destinations/rig/kubernetes';
import { openMesosRig } from '@taskflow/destinations/rig/mesos';

/** Kinds of destinations outside of the machine, as far as one machine can have them. */
export const OUTSIDE = ['kubernetes', 'aws_batch', 'mesos'] as const;
export type Outside = (typeof OUTSIDE)[number];

/** A destination of a run, and what stands behind it. */
export interface Place {
  /** Its kind is its name. */
  readonly kind: Outside;
  /** On 127.0.0.1: where its API is. */
  readonly port: number;
  /** Fields of the destination, whose API is reached at this port. `folder` is for files. */
  settings(port: number, folder: string): Readonly<Record<string, unknown>>;
  /** What the pushers are told besides. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every job of a deployment that was ever started there, as the place itself tells. */
  jobs(deploymentId: string): Promise<ExternalJob[]>;
  close(): Promise<void>;
}

const prefixOf = (deploymentId: string): string => `tf-${deploymentId.slice(0, 8)}-`;
const portOf = (url: string): number => Number(new URL(url).port);
const at = (url: string, port: number): string => Object.assign(new URL(url), { port: String(port) }).origin;

export function openPlace(kind: Outside): Promise<Place> {
  switch (kind) {
    case 'kubernetes':
      return openKubernetes();
    case 'aws_batch':
      return openBatchRig().then(batchPlace);
    case 'mesos':
      return openMesos();
  }
}

interface KubeJob {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function openKubernetes(): Promise<Place> {
  const rig = await openKubernetesRig();
  const config = readFileSync(rig.kubeconfig, 'utf8');
  const server = /"server": *"([^"]+)"/.exec(config)?.[1] ?? '';
  return {
    kind: 'kubernetes',
    port: portOf(server),
    settings(port, folder) {
      const kubeconfig = join(folder, 'kubeconfig');
      writeFileSync(kubeconfig, config.replaceAll(server, at(server, port)));
      const pod_template = { spec: { containers: [{ name: 'main', image: 'none' }] } };
      return { kubeconfig, namespace: rig.namespace, pod_template };
    },
    environment: {},
    async jobs(deploymentId) {
      const selector = encodeURIComponent(`taskflow.dev/deployment=${deploymentId}`);
      const path = `/apis/batch/v1/namespaces/${rig.namespace}/jobs?labelSelector=${selector}`;
      const { items } = await rig.admin<{ items: KubeJob[] }>('GET', path);
      return items.map(({ metadata: { name }, status }) => {
        const isOver = status?.conditions?.some(
          (one) => ['Complete', 'Failed'].includes(one.type) && one.status === 'True',
        );
        return { externalName: name, alive: isOver !== true };
      });
    },
    close: () => rig.close(),
  };
}

export function batchPlace(rig: BatchRig): Place {
  const { region, queue, jobDefinition: job_definition, endpoint, logsEndpoint: logs_endpoint } = rig;
  return {
    kind: 'aws_batch',
    port: portOf(endpoint),
    settings: (port) => ({ region, queue, job_definition, endpoint: at(endpoint, port), logs_endpoint }),
    environment: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    async jobs(deploymentId) {
      // A container is named for its job and the id of that, a UUID.
      const all = (await rig.containers()).map(({ name, code }) => ({
        externalName: name.slice(0, -37),
        alive: code === undefined,
      }));
      return all.filter(({ externalName }) => externalName.startsWith(prefixOf(deploymentId)));
    },
    close: () => rig.close(),
  };
}

const MESOS_OVER = [
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_LOST',
];

async function openMesos(): Promise<Place> {
  const rig = await openMesosRig();
  return {
    kind: 'mesos',
    port: portOf(rig.master),
    settings: (port) => ({ masters: [at(rig.master, port)], user: userInfo().username }),
    environment: {},
    async jobs(deploymentId) {
      const answer = await fetch(`${rig.master}/master/tasks?limit=100000`);
      const { tasks = [] } = (await answer.json()) as { tasks?: { id: string; state: string }[] };
      const ours = tasks.filter(({ id }) => id.startsWith(prefixOf(deploymentId)));
      return ours.map(({ id, state }) => ({ externalName: id, alive: !MESOS_OVER.includes(state) }));
    },
    close: () => rig.close(),
  };
}
