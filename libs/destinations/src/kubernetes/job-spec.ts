import { isJsonObject, type JsonObject, type JsonValue } from '@taskflow/domain';
import type { ResolvedSpec, ValidationIssue } from '../destination.js';

type Check = { readonly wanted: string; readonly holds: (value: JsonValue) => boolean };

const isText = (value: JsonValue): boolean => typeof value === 'string' && value !== '';
const isTexts = (value: JsonValue): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');
const isMap = (value: JsonValue): boolean =>
  isJsonObject(value) && Object.values(value).every((item) => typeof item === 'string');
const isObjects = (value: JsonValue): boolean =>
  Array.isArray(value) && value.every((item) => isJsonObject(item as JsonValue));

const text: Check = { wanted: 'text', holds: isText };
const label: Check = {
  wanted: 'a name of at most 63 lower case letters, digits and hyphens',
  holds: (value) => typeof value === 'string' && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value),
};
const texts: Check = { wanted: 'a list of text', holds: isTexts };
const map: Check = { wanted: 'an object of text values', holds: isMap };
const objects: Check = { wanted: 'a list of objects', holds: isObjects };
const object: Check = { wanted: 'an object', holds: isJsonObject };

/** Fields of `push`, each with the pod or container field that it becomes. */
const FIELDS: Readonly<Record<string, Check>> = {
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
export function checkJobSpec({ run, env, push }: ResolvedSpec, template: JsonObject): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const refuse = (field: string, message: string): void => void issues.push({ field, message });
  for (const [field, value] of Object.entries(push)) {
    const check = FIELDS[field];
    if (check === undefined) refuse(`push.${field}`, `is unknown; known are ${Object.keys(FIELDS).join(', ')}`);
    else if (!check.holds(value)) {
      refuse(`push.${field}`, `got ${JSON.stringify(value).slice(0, 80)}, wanted ${check.wanted}`);
    }
  }
  for (const field of ['labels', 'annotations'] as const) {
    const given = push[field];
    const taken = isJsonObject(given) ? Object.keys(given).filter((name) => OURS.test(name)) : [];
    for (const name of taken) refuse(`push.${field}.${name}`, 'is set by the pusher, and by nobody else');
  }
  const { pod } = push;
  const spec = isJsonObject(pod) ? pod['spec'] : undefined;
  for (const field of isJsonObject(spec) ? FIXED.filter((name) => name in spec) : []) {
    refuse(`push.pod.spec.${field}`, 'is set by the pusher, and by nobody else');
  }
  if (
    push['image'] === undefined &&
    mainOf(pod)?.['image'] === undefined &&
    mainOf(template)?.['image'] === undefined
  ) {
    refuse('push.image', 'is missing, and the destination’s pod template has none either');
  }
  for (const field of ['input_file', 'output_file'] as const) {
    if (run[field] !== undefined) {
      refuse(`run.${field}`, 'is for commands that a worker runs: read and write it in the command itself');
    }
  }
  const bytes = Buffer.byteLength(JSON.stringify({ run, env, push }));
  if (bytes > MOST_BYTES) {
    refuse(
      'run',
      `command and environment have ${String(bytes)} bytes, at most ${String(MOST_BYTES / 1024)} KiB go into a Job`,
    );
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
