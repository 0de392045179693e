import {
  InvalidInput,
  compileParams,
  resolveTemplates,
  type JsonObject,
  type JsonValue,
  type TaskDefinition,
} from '@taskflow/domain';
import { toLeaseRef, type ClaimedTask, type LeaseRef } from '@taskflow/store';
import type { LeaseInputs } from './lease-inputs.js';

/** A task instance with everything that a worker needs to run it. */
export interface LeasedTask {
  readonly sessionId: string;
  readonly ref: LeaseRef;
  readonly task: string;
  readonly versionId: string;
  readonly workflow?: string | undefined;
  readonly workflowInstanceId?: string | undefined;
  readonly nodeKey?: string | undefined;
  /** `@bash` for a command. */
  readonly handler: string;
  /** The definition's `run` with references resolved. */
  readonly runJson: string;
  /** An object, references resolved. */
  readonly paramsJson: string;
  /** Object: output of each task that this one depends on, by key. */
  readonly inputsJson: string;
  readonly timeoutMs?: number | undefined;
  /** Number of the last attempt if every one fails from here on. */
  readonly maxAttempts: number;
  readonly traceParent?: string | undefined;
  readonly traceState?: string | undefined;
  readonly scheduledFor?: Date | undefined;
  readonly priority: string;
}

const runTexts = new WeakMap<TaskDefinition, string>();

/**
 * Builds the lease; `inputs` for a task of a workflow.
 *
 * @throws InvalidInput when a reference leads nowhere or the params do not fit the Task's schema
 */
export function prepareLease(claimed: ClaimedTask, spec: TaskDefinition, inputs: LeaseInputs | undefined): LeasedTask {
  const params = inputs === undefined ? claimed.params : nodeParams(claimed.params, spec, inputs);
  return {
    sessionId: claimed.session_id,
    ref: toLeaseRef(claimed),
    task: claimed.task_name,
    versionId: claimed.version_id,
    workflow: claimed.workflow_name ?? undefined,
    workflowInstanceId: claimed.workflow_instance_id ?? undefined,
    nodeKey: claimed.node_key ?? undefined,
    handler: claimed.handler,
    runJson: runText(claimed, spec, params, inputs),
    paramsJson: params,
    inputsJson: inputs?.json ?? '{}',
    timeoutMs: claimed.timeout_ms === null ? undefined : Number(claimed.timeout_ms),
    maxAttempts: claimed.attempt + Math.max(0, spec.retries - claimed.failures),
    traceParent: claimed.trace_parent ?? undefined,
    traceState: claimed.trace_state ?? undefined,
    scheduledFor: claimed.scheduled_for ?? inputs?.scheduledFor,
    priority: claimed.priority,
  };
}

/** References in the params of a node are to the params of its workflow instance and to outputs before it. */
function nodeParams(text: string, spec: TaskDefinition, inputs: LeaseInputs): string {
  if (!text.includes('{{')) return text;
  const params = structuredClone(
    resolveTemplates(JSON.parse(text) as JsonValue, { params: inputs.params, tasks: inputs.tasks, run: inputs.run }),
  ) as Record<string, JsonValue>;
  const faults = spec.params ? compileParams(spec.params).check(params, 'params') : [];
  if (faults.length > 0) throw InvalidInput.of(`the params of task "${spec.name}"`, faults);
  return JSON.stringify(params);
}

/** References in a command are to the params of its own task. */
function runText(claimed: ClaimedTask, spec: TaskDefinition, params: string, inputs: LeaseInputs | undefined): string {
  const plain = runTexts.get(spec) ?? JSON.stringify(spec.run);
  runTexts.set(spec, plain);
  if (!('bash' in spec.run) || !plain.includes('{{')) return plain;
  const { bash, ...fields } = spec.run;
  const own: JsonObject = {
    id: claimed.id,
    scheduled_for: (claimed.scheduled_for ?? inputs?.scheduledFor)?.toISOString() ?? null,
  };
  const resolved = resolveTemplates(
    JSON.parse(JSON.stringify(fields)) as JsonObject,
    { params: JSON.parse(params) as JsonObject, tasks: inputs?.tasks ?? {}, run: inputs?.run ?? own },
    'run',
  ) as JsonObject;
  return JSON.stringify({ ...resolved, bash });
}
