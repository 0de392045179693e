import type { ContainerOverrides, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import type { PushIdentity, ResolvedSpec, SubmitRequest } from '../destination.js';
import { readBatchSpec, type BatchSpec } from './batch-spec.js';
import type { DefinitionShape } from './definition-shape.js';

/** Where a job goes; stored before the submit, so that a changed configuration does not move the search for it. */
export interface BatchScope {
  readonly region: string;
  readonly queue: string;
  readonly jobDefinition: string;
}

/** AWS refuses less than this. */
const LEAST_TIMEOUT_SECONDS = 60;
/** Beyond the attempt's own limit, which the pusher enforces while it lives. */
const TIMEOUT_SLACK_MS = 30_000;

/** The request of one job. Pure. Batch never tries again by itself, but where `spot_attempts` says so. */
export function buildSubmit(
  { externalName, identity, spec }: Pick<SubmitRequest, 'externalName' | 'identity' | 'spec'>,
  scope: BatchScope,
  shape: DefinitionShape,
  destination: string,
): SubmitJobCommandInput {
  const own = readBatchSpec(spec.push);
  const { timeoutMs } = spec;
  const seconds = timeoutMs === undefined ? undefined : Math.ceil((timeoutMs + TIMEOUT_SLACK_MS) / 1000);
  return {
    ...own.raw,
    jobName: externalName,
    jobQueue: scope.queue,
    jobDefinition: scope.jobDefinition,
    parameters: { ...named(identity, spec), ...own.parameters },
    ...overrides(own, commandOf(own, spec), spec.env, shape),
    retryStrategy: retryStrategy(own.spotAttempts),
    ...(seconds === undefined ? {} : { timeout: { attemptDurationSeconds: Math.max(LEAST_TIMEOUT_SECONDS, seconds) } }),
    tags: { ...own.tags, ...tagsOf(identity, destination) },
    propagateTags: true,
    ...(own.shareIdentifier === undefined ? {} : { shareIdentifier: own.shareIdentifier }),
    ...(own.schedulingPriority === undefined ? {} : { schedulingPriorityOverride: own.schedulingPriority }),
  };
}

/** The four values that job definitions of the predecessor refer to, as `Ref::task_instance` and the like. */
function named({ task, taskInstanceId, workflow }: PushIdentity, { env }: ResolvedSpec): Record<string, string> {
  const instance = env['TASKFLOW_WORKFLOW_INSTANCE_ID'];
  return {
    task,
    task_instance: taskInstanceId,
    ...(workflow === undefined ? {} : { workflow }),
    ...(instance === undefined ? {} : { workflow_instance: instance }),
  };
}

/** Undefined leaves the definition's own command. */
function commandOf(own: BatchSpec, { run }: ResolvedSpec): string[] | undefined {
  if (own.command !== undefined) return [...own.command];
  return run.bash === undefined ? undefined : ['bash', '-c', run.bash];
}

function overrides(
  own: BatchSpec,
  command: string[] | undefined,
  variables: Readonly<Record<string, string>>,
  shape: DefinitionShape,
): Pick<SubmitJobCommandInput, 'containerOverrides' | 'ecsPropertiesOverride' | 'eksPropertiesOverride'> {
  const environment = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const resourceRequirements = resourcesOf(own);
  const withCommand = command === undefined ? {} : { command };
  const container: ContainerOverrides = { environment, resourceRequirements, ...withCommand };
  if (shape.kind === 'container') return { containerOverrides: container };
  if (shape.kind === 'node') return {};
  const [main] = own.container === undefined ? shape.containers : [own.container];
  const each = shape.containers.map((name) => ({ name, ...(name === main ? withCommand : {}) }));
  if (shape.kind === 'eks') {
    const containers = each.map((one) => ({ ...one, env: environment }));
    return { eksPropertiesOverride: { podProperties: { containers } } };
  }
  const containers = each.map((one) => {
    return { ...one, environment, ...(one.name === main ? { resourceRequirements } : {}) };
  });
  return { ecsPropertiesOverride: { taskProperties: [{ containers }] } };
}

function resourcesOf({ vcpus, memory, gpus }: BatchSpec): NonNullable<ContainerOverrides['resourceRequirements']> {
  const needs = { VCPU: vcpus, MEMORY: memory, GPU: gpus } as const;
  return (['VCPU', 'MEMORY', 'GPU'] as const).flatMap((type) => {
    const value = needs[type];
    return value === undefined ? [] : [{ type, value: String(value) }];
  });
}

function retryStrategy(spotAttempts: number | undefined): NonNullable<SubmitJobCommandInput['retryStrategy']> {
  if (spotAttempts === undefined) return { attempts: 1 };
  // Where no rule matches, Batch tries again: the last one must match everything.
  const evaluateOnExit = [
    { onStatusReason: 'Host EC2*', action: 'RETRY' as const },
    { onReason: '*', action: 'EXIT' as const },
  ];
  return { attempts: spotAttempts, evaluateOnExit };
}

function tagsOf(identity: PushIdentity, destination: string): Record<string, string> {
  const { deploymentId, taskInstanceId, attempt, task, workflow } = identity;
  return {
    'taskflow:deployment': deploymentId,
    'taskflow:destination': tagValue(destination),
    'taskflow:task-instance': taskInstanceId,
    'taskflow:attempt': String(attempt),
    'taskflow:task': tagValue(task),
    ...(workflow === undefined ? {} : { 'taskflow:workflow': tagValue(workflow) }),
  };
}

/** AWS allows letters, digits, blanks and a few signs in tags. */
function tagValue(text: string): string {
  return text.replace(/[^\p{L}\p{N} +\-=._:/@]/gu, '_').slice(0, 256);
}
