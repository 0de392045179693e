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

const OURS = /^taskflow\.dev\/|^app\.kubernetes\.io\/managed-by$/;
/** What the pusher decides, whatever a pod template says. */
const FIXED = ['restartPolicy', 'activeDeadlineSeconds'];
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
    for (const name of taken) refuse(`push.${field}.${name}`, 'is set by the pusher, and by nobody else');
  }
  const { pod } = push;
  const own = isJsonObject(pod) ? pod['spec'] : undefined;
  for (const field of isJsonObject(own) ? FIXED.filter((name) => name in own) : []) {
    refuse(`push.pod.spec.${field}`, 'is set by the pusher, and by nobody else');
  }
  if (
    push['image'] === undefined &&
    mainOf(pod)?.['image'] === undefined &&
    mainOf(template)?.['image'] === undefined
  ) {
    refuse('push.image', 'is missing, and the destination’s pod template has none either');
  }
  return issues;
}

/** The container `main` of a pod template, or its first one. */
export function mainOf(template: JsonValue | undefined): JsonObject | undefined {
  const spec = isJsonObject(template) ? template['spec'] : undefined;
  const containers = isJsonObject(spec) ? spec['containers'] : undefined;
  if (!Array.isArray(containers)) return undefined;
  const objectsOnly = (containers as readonly JsonValue[]).filter(isJsonObject);
  return objectsOnly.find((one) => one['name'] === 'main') ?? objectsOnly[0];
}
