import { isJsonObject, type JsonObject, type JsonValue } from '@taskflow/domain';
import { checkFields, checkRun, map, objects, text, type FieldCheck } from '../check-fields.js';
import type { ResolvedSpec, SubmitRequest, ValidationIssue } from '../destination.js';
import type { Offer, Resource } from './scheduler-api.js';

/** What a task takes of an agent. */
export interface Needs {
  readonly cpus: number;
  /** MiB. */
  readonly mem: number;
  /** MiB. */
  readonly disk: number;
  readonly gpus: number;
}

const KINDS = ['cpus', 'mem', 'disk', 'gpus'] as const;
/** Beyond the attempt's own limit, which the pusher enforces while it lives. */
const LIMIT_SLACK_MS = 30_000;
const MOST_BYTES = 512 * 1024;

const number = (least: number): FieldCheck => ({
  wanted: `a number of at least ${String(least)}`,
  holds: (value) => typeof value === 'number' && value >= least,
});

const FIELDS: Readonly<Record<string, FieldCheck>> = {
  cpus: number(0.01),
  mem: number(1),
  disk: number(0),
  gpus: number(0),
  image: text,
  user: text,
  uris: objects,
  attributes: map,
  labels: map,
  /** Seconds from TERM to KILL. */
  grace: number(0),
};

/** What of a spec could never become a Mesos task. */
export function checkTaskSpec(spec: ResolvedSpec): ValidationIssue[] {
  const { run, push } = spec;
  const issues = [...checkFields(push, FIELDS), ...checkRun(spec, MOST_BYTES, 'a task')];
  const { labels } = push;
  const taken = isJsonObject(labels) ? Object.keys(labels).filter((name) => name.startsWith('taskflow:')) : [];
  for (const name of taken) {
    issues.push({ field: `push.labels.${name}`, message: 'is set by the pusher, and by nobody else' });
  }
  if (run.bash !== undefined || push['image'] !== undefined) return issues;
  return [...issues, { field: 'run', message: 'has neither bash nor, in push, an image whose own command could run' }];
}

export function needsOf(push: JsonObject): Needs {
  const given = (field: string, fallback: number): number => {
    const value = push[field];
    return typeof value === 'number' ? value : fallback;
  };
  return { cpus: given('cpus', 0.1), mem: given('mem', 64), disk: given('disk', 0), gpus: given('gpus', 0) };
}

/** The resources of an offer that a task takes, or undefined when it does not fit. Pure. */
export function takeFrom(offer: Offer, needs: Needs, push: JsonObject): Resource[] | undefined {
  const wanted = push['attributes'];
  const has = new Map(
    (offer.attributes ?? []).map(({ name, text, scalar }) => [name, text?.value ?? String(scalar?.value)]),
  );
  if (isJsonObject(wanted) && Object.entries(wanted).some(([name, value]) => has.get(name) !== value)) return undefined;
  const taken: Resource[] = [];
  for (const kind of KINDS) {
    let left = needs[kind];
    // Reserved ones first: nobody else can have them.
    const sources = (offer.resources ?? [])
      .filter(({ name, type }) => name === kind && type === 'SCALAR')
      .sort((a, b) => (b.reservations?.length ?? 0) - (a.reservations?.length ?? 0));
    for (const source of sources) {
      if (left <= 0) break;
      const value = Math.min(left, source.scalar?.value ?? 0);
      if (value <= 0) continue;
      taken.push({ ...source, scalar: { value } });
      left -= value;
    }
    if (left > 0.000_01) return undefined;
  }
  return taken;
}

/** The offer without what was taken. Pure. */
export function restOf(offer: Offer, taken: readonly Resource[]): Offer {
  const left = taken.map((one) => ({ name: one.name, value: one.scalar?.value ?? 0 }));
  const resources = (offer.resources ?? []).map((source) => {
    if (source.scalar === undefined) return source;
    let { value } = source.scalar;
    for (const one of left) {
      if (one.name !== source.name) continue;
      const part = Math.min(one.value, value);
      one.value -= part;
      value -= part;
    }
    return { ...source, scalar: { value } };
  });
  return { ...offer, resources };
}

/** The TaskInfo of an attempt on the agent of an offer. Pure. */
export function buildTask(
  { externalName, identity, spec }: SubmitRequest,
  offer: Offer,
  resources: readonly Resource[],
): JsonObject {
  const { push, run, env, timeoutMs } = spec;
  const { image, user, uris, labels, grace } = push;
  const variables = Object.entries(env).map(([name, value]) => ({ name, type: 'VALUE', value }));
  const command = {
    ...(run.bash === undefined
      ? { shell: false }
      : { shell: false, value: '/bin/bash', arguments: ['bash', '-c', run.bash] }),
    environment: { variables },
    ...(user === undefined ? {} : { user }),
    ...(uris === undefined ? {} : { uris }),
  };
  const own = {
    'taskflow:deployment': identity.deploymentId,
    'taskflow:task-instance': identity.taskInstanceId,
    'taskflow:attempt': String(identity.attempt),
    'taskflow:task': identity.task,
  };
  const named = isJsonObject(labels) ? labels : {};
  return {
    name: identity.task.slice(0, 200),
    task_id: { value: externalName },
    agent_id: { value: offer.agent_id.value },
    resources: resources as readonly unknown[] as JsonValue[],
    command,
    labels: { labels: Object.entries({ ...named, ...own }).map(([key, value]) => ({ key, value })) },
    ...(image === undefined
      ? {}
      : { container: { type: 'MESOS', mesos: { image: { type: 'DOCKER', docker: { name: image } } } } }),
    ...(typeof grace === 'number' ? { kill_policy: { grace_period: { nanoseconds: grace * 1_000_000_000 } } } : {}),
    ...(timeoutMs === undefined
      ? {}
      : { max_completion_time: { nanoseconds: (timeoutMs + LIMIT_SLACK_MS) * 1_000_000 } }),
  };
}
