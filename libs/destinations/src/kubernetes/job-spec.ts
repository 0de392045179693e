import { isJsonObject, type JsonObject, type JsonValue } from '@taskflow/domain';
import { checkFields, checkRun, map, object, objects, text, type FieldCheck } from '../check-fields.js';
import type { ResolvedSpec, ValidationIssue } from '../destination.js';

const label: FieldCheck = {
  wanted: 'a name of at most 63 lower case letters, digits and hyphens',
  holds: (value) => typeof value === 'string' && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value),
};
const texts: FieldCheck = {
  wanted: 'a list of text',
  holds: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

/** Fields of `push`, each with the pod or container field that it becomes. */
const FIELDS: Readonly<Record<string, FieldCheck>> = {
  namespace: label,
  image: text,
  command: texts,
  args: texts,
  env_from: objects,
  resources: object,
  volume_mounts: objects,
  security_context: object,
  service_account: text,
  node_selector: map,
  tolerations: objects,
  affinity: object,
  volumes: objects,
  image_pull_secrets: objects,
  priority_class: text,
  runtime_class: text,
  termination_grace: {
    wanted: 'an integer of seconds from 0 to 86400',
    holds: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 86_400,
  },
  labels: map,
  annotations: map,
  /** Of Kueue. */
  queue: label,
  /** A pod template over everything else. */
  pod: object,
};

const OURS_ALONE = 'is set by the pusher, and by nobody else';
const OURS = /^taskflow\.dev\/|^app\.kubernetes\.io\/managed-by$/;
/**
 * Fields of a pod that a Task may set itself. The pusher alone sets how often and how long it runs; what reaches beyond the
 * pod, such as `hostNetwork`, is for the destination's own template.
 */
const OF_A_TASK = [
  ...['affinity', 'automountServiceAccountToken', 'containers', 'dnsConfig', 'dnsPolicy', 'enableServiceLinks'],
  ...['hostAliases', 'hostname', 'imagePullSecrets', 'initContainers', 'nodeSelector', 'os', 'preemptionPolicy'],
  ...['priorityClassName', 'resourceClaims', 'resources', 'runtimeClassName', 'schedulerName', 'schedulingGates'],
  ...['securityContext', 'serviceAccountName', 'setHostnameAsFQDN', 'shareProcessNamespace', 'subdomain'],
  ...['terminationGracePeriodSeconds', 'tolerations', 'topologySpreadConstraints', 'volumes'],
];
/** An object in etcd may have 1.5 MiB; the environment is the only part that grows. */
const MOST_BYTES = 512 * 1024;

/** What of a spec could never become a Job. */
export function checkJobSpec(spec: ResolvedSpec, template: JsonObject): ValidationIssue[] {
  const { push } = spec;
  const issues = [...checkFields(push, FIELDS), ...checkRun(spec, MOST_BYTES, 'a Job')];
  const refuse = (field: string, message: string): void => void issues.push({ field, message });
  for (const field of ['labels', 'annotations'] as const) {
    const given = push[field];
    const taken = isJsonObject(given) ? Object.keys(given).filter((name) => OURS.test(name)) : [];
    for (const name of taken) refuse(`push.${field}.${name}`, OURS_ALONE);
  }
  const { pod } = push;
  for (const issue of podIssues(pod)) issues.push(issue);
  if (
    push['image'] === undefined &&
    mainOf(pod)?.['image'] === undefined &&
    mainOf(template)?.['image'] === undefined
  ) {
    refuse('push.image', 'is missing, and the destination’s pod template has none either');
  }
  return issues;
}

/** What a Task's own pod template holds and may not. */
function podIssues(pod: JsonValue | undefined): ValidationIssue[] {
  if (!isJsonObject(pod)) return [];
  const { metadata, spec, ...rest } = pod;
  const refused = Object.keys(rest).map((field) => ({
    field: `push.pod.${field}`,
    message: 'is not metadata or spec',
  }));
  const named = isJsonObject(metadata) ? metadata : {};
  for (const [field, value] of Object.entries(named)) {
    if (field !== 'labels' && field !== 'annotations') {
      refused.push({ field: `push.pod.metadata.${field}`, message: 'is not labels or annotations' });
      continue;
    }
    const taken = isJsonObject(value) ? Object.keys(value).filter((name) => OURS.test(name)) : [];
    for (const name of taken) refused.push({ field: `push.pod.metadata.${field}.${name}`, message: OURS_ALONE });
  }
  const fields = isJsonObject(spec) ? Object.keys(spec).filter((name) => !OF_A_TASK.includes(name)) : [];
  const message = `is not for a Task to set; it may set ${OF_A_TASK.join(', ')}`;
  return [...refused, ...fields.map((name) => ({ field: `push.pod.spec.${name}`, message }))];
}

/** The container `main` of a pod template, or its first one. */
export function mainOf(template: JsonValue | undefined): JsonObject | undefined {
  const spec = isJsonObject(template) ? template['spec'] : undefined;
  const containers = isJsonObject(spec) ? spec['containers'] : undefined;
  if (!Array.isArray(containers)) return undefined;
  const objectsOnly = (containers as readonly JsonValue[]).filter(isJsonObject);
  return objectsOnly.find((one) => one['name'] === 'main') ?? objectsOnly[0];
}
