import type { Lease } from '@taskflow/proto/taskflow/v1/workers.js';
import type { JsonObject } from '@taskflow/domain';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface CommandFiles {
  /** JSON of the params, whatever their size. */
  readonly params: string;
  /** JSON of the outputs of the tasks that this one depends on. */
  readonly inputs: string;
  /** The command may write its output here, as JSON. */
  readonly output: string;
}

/** What a command gets of the worker's own environment; more by name on request. Secrets of the worker stay its own. */
const PASSED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR'];

/** The kernel refuses longer variables than 128 KiB; what is longer than this is in its file alone. */
const LONGEST_VALUE = 64 * 1024;

export interface EnvironmentInput {
  readonly worker: Variables;
  /** Further names that are passed on. */
  readonly pass: readonly string[];
  /** Of the definition. */
  readonly own: Variables;
  readonly lease: Lease;
  readonly params: JsonObject;
  readonly files: CommandFiles;
  readonly traceparent: string;
}

/** The environment of a command: allowed variables of the worker, those of the definition, then what Taskflow tells it. */
export function commandEnvironment(input: EnvironmentInput): Record<string, string> {
  const { lease, params, files, traceparent } = input;
  const told: Variables = {
    ...paramVariables(params),
    TASKFLOW_TASK: lease.task,
    TASKFLOW_TASK_INSTANCE_ID: lease.ref?.id,
    TASKFLOW_WORKFLOW: lease.workflow || undefined,
    TASKFLOW_WORKFLOW_INSTANCE_ID: lease.workflowInstanceId || undefined,
    TASKFLOW_ATTEMPT: String(lease.ref?.attempt ?? 1),
    TASKFLOW_SCHEDULED_FOR: lease.scheduledFor?.toISOString(),
    TASKFLOW_PARAMS: short(lease.paramsJson || '{}'),
    TASKFLOW_PARAMS_FILE: files.params,
    TASKFLOW_INPUTS: short(lease.inputsJson || '{}'),
    TASKFLOW_INPUTS_FILE: files.inputs,
    TASKFLOW_OUTPUT: files.output,
    TRACEPARENT: traceparent || undefined,
    TRACESTATE: lease.traceState || undefined,
  };
  const all = { ...passed(input.worker, input.pass), ...input.own, ...told };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function passed(worker: Variables, more: readonly string[]): Variables {
  const names = Object.keys(worker).filter(
    (name) => PASSED.includes(name) || name.startsWith('LC_') || more.includes(name),
  );
  return Object.fromEntries(names.map((name) => [name, worker[name]]));
}

/** `{"start-day": "2026-01-01"}` is `TASKFLOW_PARAM_START_DAY=2026-01-01`; lists and objects are in TASKFLOW_PARAMS alone. */
function paramVariables(params: JsonObject): Variables {
  const scalars = Object.entries(params).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return Object.fromEntries(
    scalars.map(([name, value]) => [`TASKFLOW_PARAM_${name.toUpperCase().replace(/\W/g, '_')}`, short(String(value))]),
  );
}

function short(value: string): string | undefined {
  return Buffer.byteLength(value) <= LONGEST_VALUE && !value.includes('\0') ? value : undefined;
}
