import { WORKFLOW, isMarked } from './marker.js';
import type { DefinitionOptions, DurationInput } from './options.js';
import type { GivenParamsOf, ParamsSchema } from './params-schema.js';
import { isTask, type AnyTask, type GivenOf } from './task.js';

export type TriggerRule =
  | 'all_success'
  | 'all_failed'
  | 'all_done'
  | 'one_failed'
  | 'one_success'
  | 'one_done'
  | 'none_failed'
  | 'none_failed_min_one_success'
  | 'none_skipped'
  | 'all_skipped'
  | 'always';

/** Text with references such as `{{ params.day }}` or `{{ tasks.extract.output.rows }}`. */
export type Template = `${string}{{${string}}}${string}`;

/** A task within a Workflow. */
export interface NodeOptions {
  /** A Task, or the name of one that is registered elsewhere. */
  readonly task: AnyTask | string;
  /** Keys of the tasks whose end it waits for. */
  readonly dependsOn?: readonly string[];
  /** What of these must have happened. Default `all_success`. */
  readonly trigger?: TriggerRule;
  /** Its failure does not fail the run; the tasks behind it see it as failed all the same. Default false. */
  readonly allowFailure?: boolean;
  /** Its params; values may be templates. */
  readonly params?: Readonly<Record<string, unknown>>;
}

export type Nodes = Readonly<Record<string, AnyTask | NodeOptions>>;

/** A Task that is known by name alone may have any params. */
type GivenParams<T> = T extends string ? Record<string, unknown> : GivenOf<T>;

type TaskOf<N> = N extends { readonly task: infer T } ? T : N;

/** Of the params that a node gives: each must be one that its Task has, or a template. */
type NodeParams<P, G> = { readonly [K in keyof P]: K extends keyof G ? G[K] | Template : never };

/** Refuses keys that are no task of the Workflow, and params that the Task does not have. */
type Checked<T extends Nodes> = {
  readonly [K in keyof T]: T[K] extends AnyTask
    ? T[K]
    : {
        readonly task: AnyTask | string;
        // Of tasks that were made in a loop the keys are not known.
        readonly dependsOn?: readonly (string extends K ? string : Exclude<keyof T, K>)[];
        readonly trigger?: TriggerRule;
        readonly allowFailure?: boolean;
        readonly params?: T[K] extends { readonly params: infer P }
          ? NodeParams<P, GivenParams<TaskOf<T[K]>>>
          : Readonly<Record<string, unknown>>;
      };
};

export interface WorkflowOptions<S extends ParamsSchema, T extends Nodes> extends DefinitionOptions {
  /** Unique name, 1 to 200 of `A-Z a-z 0-9 . _ -`. */
  name: string;
  /** Values that submissions may give; tasks read them through `{{ params.x }}`. */
  params?: S;
  /** Longest that a run may take. */
  timeout?: DurationInput;
  /** After a failed task: cancel what runs, let it finish (default), or go on where possible. */
  failurePolicy?: 'fail_fast' | 'finish_running' | 'continue';
  /** The tasks by key: a Task by itself, or with what it depends on. */
  tasks: T & Checked<T>;
}

/** A Workflow as code sees it. Made by {@link workflow}. */
export interface Workflow<Given = unknown> {
  readonly [WORKFLOW]: 1;
  readonly name: string;
  readonly options: Omit<WorkflowOptions<ParamsSchema, Nodes>, 'tasks'>;
  readonly nodes: readonly (NodeOptions & { readonly key: string })[];
  /** Types only; absent at run time. */
  readonly types?: { readonly given: Given };
}

export type AnyWorkflow = Workflow<unknown>;

/**
 * Defines a Workflow: tasks, each of which starts as soon as those that it depends on have ended.
 *
 * @example
 * const extract = task({ retries: 3, retryDelay: '10s', run: async () => ({ rows: 42 }) });
 * const report = task({ bash: 'echo "$TASKFLOW_PARAM_ROWS rows"' });
 *
 * const daily = workflow({
 *   name: 'daily',
 *   schedule: { cron: '0 6 * * *', timezone: 'America/New_York' },
 *   tasks: {
 *     extract,
 *     report: { task: report, dependsOn: ['extract'], params: { rows: '{{ tasks.extract.output.rows }}' } },
 *   },
 * });
 */
export function workflow<const T extends Nodes, const S extends ParamsSchema = Readonly<Record<string, unknown>>>(
  options: WorkflowOptions<S, T>,
): Workflow<GivenParamsOf<S>> {
  const { tasks, ...rest } = options;
  const nodes = Object.entries<AnyTask | NodeOptions>(tasks).map(([key, node]) => ({
    key,
    ...(isTask(node) ? { task: node } : node),
  }));
  return { [WORKFLOW]: 1, name: options.name, options: rest, nodes };
}

export function isWorkflow(value: unknown): value is AnyWorkflow {
  return isMarked(value, WORKFLOW);
}
