import type { JsonObject, JsonValue } from '@taskflow/domain';
import type { SubmitRequest } from '../destination.js';
import { mergeTemplate } from './merge-template.js';

export const LABELS = {
  deployment: 'taskflow.dev/deployment',
  destination: 'taskflow.dev/destination',
  instance: 'taskflow.dev/task-instance',
  attempt: 'taskflow.dev/attempt',
} as const;
export const ANNOTATIONS = {
  spec: 'taskflow.dev/spec-hash',
  cancel: 'taskflow.dev/cancel',
  trouble: 'taskflow.dev/trouble',
} as const;

/** What is left of a Job when nobody collects it; the pusher itself deletes it long before. */
const TTL_SECONDS = 7 * 24 * 3600;
/** Beyond the attempt's own limit, which the pusher enforces while it lives. */
const DEADLINE_SLACK_MS = 30_000;

/**
 * The Job of an attempt: one pod, never a second one. What the pusher lives by is laid over every template. Pure.
 */
export function buildJob(
  { externalName, identity, spec, specHash }: SubmitRequest,
  destination: string,
  template: JsonObject,
): JsonObject {
  const { task, workflow, deploymentId, taskInstanceId, attempt } = identity;
  const labels: JsonObject = {
    'app.kubernetes.io/managed-by': 'taskflow',
    [LABELS.deployment]: deploymentId,
    [LABELS.destination]: labelValue(destination),
    [LABELS.instance]: taskInstanceId,
    [LABELS.attempt]: String(attempt),
  };
  const queue = spec.push['queue'];
  const seconds = spec.timeoutMs === undefined ? undefined : Math.ceil((spec.timeoutMs + DEADLINE_SLACK_MS) / 1000);
  const own = [templateOf(spec.push), (spec.push['pod'] as JsonObject | undefined) ?? {}];
  const pod = [template, ...own, fixedTemplate(labels, spec)].reduce(mergeTemplate, {
    spec: { automountServiceAccountToken: false },
  });
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: externalName,
      labels: { ...labels, ...(queue === undefined ? {} : { 'kueue.x-k8s.io/queue-name': queue }) },
      annotations: {
        'taskflow.dev/task': task,
        ...(workflow === undefined ? {} : { 'taskflow.dev/workflow': workflow }),
        [ANNOTATIONS.spec]: specHash,
      },
    },
    spec: {
      completions: 1,
      parallelism: 1,
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      ttlSecondsAfterFinished: TTL_SECONDS,
      ...(seconds === undefined ? {} : { activeDeadlineSeconds: seconds }),
      template: pod,
    },
  };
}

/** `push` in the words of a pod template. */
function templateOf(push: JsonObject): JsonObject {
  const main = {
    image: push['image'],
    command: push['command'],
    args: push['args'],
    envFrom: push['env_from'],
    resources: push['resources'],
    volumeMounts: push['volume_mounts'],
    securityContext: push['security_context'],
  };
  const pod = {
    serviceAccountName: push['service_account'],
    nodeSelector: push['node_selector'],
    tolerations: push['tolerations'],
    affinity: push['affinity'],
    volumes: push['volumes'],
    imagePullSecrets: push['image_pull_secrets'],
    priorityClassName: push['priority_class'],
    runtimeClassName: push['runtime_class'],
    terminationGracePeriodSeconds: push['termination_grace'],
  };
  const metadata = given({ labels: push['labels'], annotations: push['annotations'] });
  return { metadata, spec: { ...given(pod), containers: [{ name: 'main', ...given(main) }] } };
}

/** What no template changes: one start, our labels, and where the job learns who it is. */
function fixedTemplate(labels: JsonObject, { run, env, push }: SubmitRequest['spec']): JsonObject {
  const ofThePod = {
    TASKFLOW_POD_NAME: 'metadata.name',
    TASKFLOW_POD_UID: 'metadata.uid',
    TASKFLOW_NAMESPACE: 'metadata.namespace',
    TASKFLOW_NODE: 'spec.nodeName',
  };
  const bash = run.bash !== undefined && push['command'] === undefined && push['args'] === undefined;
  return {
    metadata: { labels },
    spec: {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'main',
          terminationMessagePolicy: 'FallbackToLogsOnError',
          ...(bash ? { command: ['bash', '-c', run.bash ?? ''] } : {}),
          env: [
            ...Object.entries(env).map(([name, value]) => ({ name, value })),
            ...Object.entries(ofThePod).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } })),
          ],
        },
      ],
    },
  };
}

/** Values of labels are short and plain; the whole name is in the annotations. */
export function labelValue(name: string): string {
  return name
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '');
}

function given(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
