import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import {
  canonicalJson,
  formatDuration,
  formatTraceparent,
  parseTraceparent,
  resolveTemplates,
  type JsonObject,
  type TaskDefinition,
} from '@taskflow/domain';
import type { ClaimedPush } from '@taskflow/store';
import type { LeaseInputs } from '../task/lease-inputs.js';
import { prepareLease, type LeasedTask } from '../task/prepare-lease.js';
import type { PushCtx } from './push-context.js';

/** What is submitted, every reference resolved. */
export interface PushSpec {
  readonly run: {
    readonly handler?: string;
    readonly bash?: string;
    readonly input_file?: string;
    readonly output_file?: string;
  };
  readonly env: Readonly<Record<string, string>>;
  readonly params: JsonObject;
  readonly inputs: JsonObject;
  /** Milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly push: JsonObject;
}

export interface PushNames {
  readonly deploymentId: string;
  readonly externalName: string;
}

/** Longer values are in the files of the job alone: a variable of more than 128 KiB cannot be. */
const LONGEST_VALUE = 64 * 1024;

/** @throws InvalidInput when a reference leads nowhere or the params do not fit the Task's schema */
export function pushSpec(
  ctx: PushCtx,
  claimed: ClaimedPush,
  definition: TaskDefinition,
  inputs: LeaseInputs | undefined,
  names: PushNames,
): PushSpec {
  const lease = prepareLease(claimed, definition, inputs);
  const { env, ...run } = JSON.parse(lease.runJson) as PushSpec['run'] & { env?: Record<string, string> };
  const params = JSON.parse(lease.paramsJson) as JsonObject;
  return {
    run,
    env: { ...env, ...paramVariables(params), ...taskflowVariables(ctx, claimed, lease, names) },
    params,
    inputs: JSON.parse(lease.inputsJson) as JsonObject,
    timeoutMs: lease.timeoutMs,
    push: resolvedPush(claimed, definition.push, params, inputs),
  };
}

/** A text that is one reference becomes what it refers to, so that a param can be a number of CPUs, a list or an object. */
function resolvedPush(
  claimed: ClaimedPush,
  push: JsonObject | undefined,
  params: JsonObject,
  inputs: LeaseInputs | undefined,
): JsonObject {
  if (push === undefined || !JSON.stringify(push).includes('{{')) return push ?? {};
  const own: JsonObject = { id: claimed.id, scheduled_for: claimed.scheduled_for?.toISOString() ?? null };
  const scope = { params, tasks: inputs?.tasks ?? {}, run: inputs?.run ?? own };
  return resolveTemplates(push, scope, 'push') as JsonObject;
}

export function specHash(spec: PushSpec): string {
  return createHash('sha256').update(canonicalJson(spec)).digest('hex').slice(0, 32);
}

function taskflowVariables(
  ctx: PushCtx,
  claimed: ClaimedPush,
  lease: LeasedTask,
  { deploymentId, externalName }: PushNames,
): Record<string, string> {
  const told: Record<string, string | undefined> = {
    TASKFLOW_TASK: lease.task,
    TASKFLOW_TASK_INSTANCE_ID: claimed.id,
    TASKFLOW_WORKFLOW: lease.workflow,
    TASKFLOW_WORKFLOW_INSTANCE_ID: lease.workflowInstanceId,
    TASKFLOW_DEPLOYMENT_ID: deploymentId,
    TASKFLOW_DESTINATION: ctx.destination,
    TASKFLOW_ATTEMPT: String(claimed.attempt),
    TASKFLOW_MAX_ATTEMPTS: String(lease.maxAttempts),
    TASKFLOW_PUSH_JOB_ID: claimed.job_id,
    TASKFLOW_EXTERNAL_NAME: externalName,
    TASKFLOW_RUN_AT: claimed.run_at.toISOString(),
    TASKFLOW_SCHEDULED_FOR: lease.scheduledFor?.toISOString(),
    TASKFLOW_PRIORITY: lease.priority,
    TASKFLOW_TIMEOUT: lease.timeoutMs === undefined ? undefined : formatDuration(lease.timeoutMs),
    TASKFLOW_PARAMS: short(lease.paramsJson),
    TASKFLOW_INPUTS: short(lease.inputsJson),
    TRACEPARENT: traceparentOf(ctx, claimed, lease),
    TRACESTATE: lease.traceState,
  };
  return Object.fromEntries(
    Object.entries(told).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** `{"start-day": "2026-01-01"}` is `TASKFLOW_PARAM_START_DAY=2026-01-01`; lists and objects are in TASKFLOW_PARAMS alone. */
function paramVariables(params: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => {
      const scalar = ['string', 'number', 'boolean'].includes(typeof value) ? short(String(value)) : undefined;
      return scalar === undefined ? [] : [[`TASKFLOW_PARAM_${name.toUpperCase().replace(/\W/g, '_')}`, scalar]];
    }),
  );
}

function short(value: string): string | undefined {
  return Buffer.byteLength(value) <= LONGEST_VALUE && !value.includes('\0') ? value : undefined;
}

/** The push is a span of the submitter's trace; the job goes on beneath it. */
function traceparentOf(ctx: PushCtx, claimed: ClaimedPush, lease: LeasedTask): string | undefined {
  const parent = parseTraceparent(claimed.trace_parent ?? '');
  if (parent === undefined) return undefined;
  const { traceId, spanId, sampled } = parent;
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const span = ctx.tracer.startSpan(
    `push ${lease.task}`,
    {
      attributes: {
        'taskflow.task': lease.task,
        'taskflow.task_instance.id': claimed.id,
        'taskflow.attempt': claimed.attempt,
        'taskflow.destination': ctx.destination,
      },
    },
    trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true }),
  );
  span.end();
  const own = span.spanContext();
  const recorded = trace.isSpanContextValid(own);
  return recorded
    ? formatTraceparent({ traceId: own.traceId, spanId: own.spanId, sampled })
    : formatTraceparent(parent);
}
