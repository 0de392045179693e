import type { JsonObject } from '@taskflow/domain';
import type { DefinitionOptions, RetryOptions, ScheduleInput, ScheduleOptions } from './options.js';
import { jsonSchemaOf } from './params-schema.js';
import type { AnyTask, Handler } from './task.js';
import type { AnyWorkflow } from './workflow.js';

/** A definition in the form in which it is stored, the same that YAML files are written in. */
export interface CompiledDefinition {
  readonly kind: 'task' | 'workflow';
  readonly spec: JsonObject;
}

export interface Compiled {
  /** In the order given; a Task before the Workflows that use it, and each once. */
  readonly definitions: readonly CompiledDefinition[];
  /** Code by the name under which leases ask for it. */
  readonly handlers: ReadonlyMap<string, Handler>;
}

export interface Compilable {
  readonly tasks?: readonly AnyTask[] | undefined;
  readonly workflows?: readonly AnyWorkflow[] | undefined;
}

/**
 * Turns code into definitions and handlers. Tasks with a name that only Workflows mention are included.
 *
 * @throws TypeError when a Task stands alone without a name, or two different ones share a name
 */
export function compile({ tasks = [], workflows = [] }: Compilable): Compiled {
  const named = new Map<string, AnyTask>();
  const handlers = new Map<string, Handler>();
  const add = (task: AnyTask): string => {
    if (task.name === undefined) throw new TypeError('a task outside a workflow needs a name: task({ name: … })');
    const known = named.get(task.name);
    if (known !== undefined && known !== task) throw new TypeError(`two different tasks are called "${task.name}"`);
    named.set(task.name, task);
    if (task.options.run) handlers.set(task.name, task.options.run);
    return task.name;
  };
  for (const task of tasks) add(task);
  const graphs = workflows.map((workflow) => compileWorkflow(workflow, add, handlers));
  const single = [...named.values()].map((task) => ({ ...taskFields(task, task.name ?? ''), name: task.name }));
  return {
    definitions: [
      ...single.map((spec) => ({ kind: 'task' as const, spec: plain(spec) })),
      ...graphs.map((spec) => ({ kind: 'workflow' as const, spec: plain(spec) })),
    ],
    handlers,
  };
}

function compileWorkflow(
  workflow: AnyWorkflow,
  add: (task: AnyTask) => string,
  handlers: Map<string, Handler>,
): object {
  const { params, failurePolicy, timeout, name } = workflow.options;
  const tasks = workflow.nodes.map(({ key, task, dependsOn, trigger, allowFailure, params: values }) => {
    const edges = { depends_on: dependsOn, trigger, allow_failure: allowFailure };
    if (typeof task === 'string') return { key, task, ...edges, params: values };
    if (task.name !== undefined) return { key, task: add(task), ...edges, params: values };
    const handler = `${name}.${key}`;
    if (task.options.run) handlers.set(handler, task.options.run);
    return { key, inline: taskFields(task, handler), ...edges, params: values };
  });
  return {
    name,
    ...commonFields(workflow.options),
    params: params && jsonSchemaOf(params),
    timeout,
    failure_policy: failurePolicy,
    tasks,
  };
}

function taskFields({ options }: AnyTask, handler: string): object {
  const run =
    options.bash === undefined
      ? { handler }
      : { bash: options.bash, env: options.env, input_file: options.inputFile, output_file: options.outputFile };
  return {
    ...commonFields(options),
    run: options.run === undefined && options.bash === undefined ? undefined : run,
    params: options.params && jsonSchemaOf(options.params),
    defaults: options.defaults,
    queue: options.queue,
    labels: options.labels,
    retries: options.retries,
    retry_delay: options.retryDelay,
    retry: options.retry && retryFields(options.retry),
    infra_retries: options.infraRetries,
    timeout: options.timeout,
    start_timeout: options.startTimeout,
    limits: options.limits,
    push_destination: options.pushDestination,
    push: options.push,
  };
}

function commonFields(options: DefinitionOptions): object {
  const { sla } = options;
  return {
    title: options.title,
    description: options.description,
    active: options.active,
    default_priority: options.defaultPriority,
    concurrency: options.concurrency,
    sla:
      typeof sla === 'object'
        ? { start_within: sla.startWithin, finish_within: sla.finishWithin, expected_by: sla.expectedBy }
        : sla,
    schedule: options.schedule === undefined ? undefined : scheduleFields(options.schedule),
    start_date: options.startDate,
    end_date: options.endDate,
  };
}

function retryFields(retry: RetryOptions): object {
  return {
    factor: retry.factor,
    max_delay: retry.maxDelay,
    jitter: retry.jitter,
    retry_on: retry.retryOn,
    stop_on: retry.stopOn,
    exit_codes: retry.exitCodes,
  };
}

function scheduleFields(schedule: ScheduleInput): unknown {
  if (typeof schedule === 'string') return schedule;
  if (isList(schedule)) return schedule.map(scheduleFields);
  const { dstGap, dstOverlap, maxLateness, maxCatchup, startDate, endDate, ...same } = schedule;
  return {
    ...same,
    dst_gap: dstGap,
    dst_overlap: dstOverlap,
    max_lateness: maxLateness,
    max_catchup: maxCatchup,
    start_date: startDate,
    end_date: endDate,
  };
}

function isList(
  schedule: ScheduleOptions | readonly (string | ScheduleOptions)[],
): schedule is readonly (string | ScheduleOptions)[] {
  return Array.isArray(schedule);
}

/** Leaves out what is undefined. */
function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
