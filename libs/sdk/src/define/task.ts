import { TASK, isMarked } from './marker.js';
import type { DefinitionOptions, DurationInput, RetryOptions } from './options.js';
import type { GivenParamsOf, ParamsOf, ParamsSchema } from './params-schema.js';
import type { Inputs, RunContext } from './run-context.js';

/** Any params: the type of a Task without a schema. */
type AnyParams = Readonly<Record<string, unknown>>;

interface TaskSettings<S extends ParamsSchema> extends DefinitionOptions {
  /**
   * Unique name, 1 to 200 of `A-Z a-z 0-9 . _ -`. May be left out of a task that is used in one Workflow only: it is then
   * called `<workflow>.<key>`.
   */
  name?: string;
  /** Values that submissions may give: a JSON Schema, or a schema object of zod and its like. Any values when absent. */
  params?: S;
  /** Values beneath those that a submission gives. */
  defaults?: Readonly<Record<string, unknown>>;
  /** Default `default`. */
  queue?: string;
  /** Labels that a worker must have to run it. */
  labels?: Readonly<Record<string, string>>;
  /** Further attempts after a failure. Default 0. */
  retries?: number;
  /** Wait before the first retry. */
  retryDelay?: DurationInput;
  retry?: RetryOptions;
  /** Further attempts after the loss of a worker. Default 3. */
  infraRetries?: number;
  /** Longest that an attempt may run; unlimited when absent. */
  timeout?: DurationInput;
  /** Taken off the queue when not started within this time. */
  startTimeout?: DurationInput;
  /** At most `max` instances with the same key run at once; a key may hold `{{ params.x }}`. */
  limits?: readonly { readonly key: string; readonly max: number }[];
  /** Runs at this push destination in place of a worker. */
  pushDestination?: string;
  /** What the push destination needs to know. */
  push?: Readonly<Record<string, unknown>>;
}

export interface HandlerTaskOptions<S extends ParamsSchema, O, I extends Inputs> extends TaskSettings<S> {
  /**
   * Does the work; what it returns is the output: JSON, at most 256 KiB. An error that it throws fails the attempt with reason
   * `USER_ERROR`; it is retried within `retries` unless it is a NonRetryableError.
   */
  run: (context: RunContext<I>, params: ParamsOf<S>) => O | Promise<O>;
}

export interface BashTaskOptions<S extends ParamsSchema> extends TaskSettings<S> {
  /**
   * The command, run by `bash -c` in an empty temporary folder. `TASKFLOW_PARAM_<NAME>` holds each plain param,
   * `TASKFLOW_PARAMS_FILE` and `TASKFLOW_INPUTS_FILE` name JSON files of all params and of the outputs of the tasks before
   * (up to 64 KiB also in `TASKFLOW_PARAMS` and `TASKFLOW_INPUTS`); JSON written to the file `TASKFLOW_OUTPUT` is the output.
   */
  bash: string;
  /** Further environment variables; values may hold `{{ params.x }}`. */
  env?: Readonly<Record<string, string>>;
  /** Standard input: a `file:`, `http:` or `https:` address. */
  inputFile?: string;
  /** Where standard output goes: a `file:`, `http:` or `https:` address. The log when absent. */
  outputFile?: string;
}

export type Handler = (context: RunContext, params: never) => unknown;

/** A Task as code sees it. Made by {@link task}. */
export interface Task<Params = unknown, Given = Params, Output = unknown> {
  readonly [TASK]: 1;
  readonly name: string | undefined;
  readonly options: TaskSettings<ParamsSchema> & { run?: Handler } & Partial<
      Omit<BashTaskOptions<ParamsSchema>, 'params'>
    >;
  /** Types only; absent at run time. */
  readonly types?: { readonly params: Params; readonly given: Given; readonly output: Output };
}

/** A Task of any types. */
export type AnyTask = Task<unknown, unknown, unknown>;

/** What the Task's handler returns. */
export type OutputOf<T> = T extends { readonly types?: { readonly output: infer O } | undefined } ? O : unknown;

/** What a submission of the Task gives. */
export type GivenOf<T> = T extends { readonly types?: { readonly given: infer G } | undefined } ? G : unknown;

/**
 * Defines a Task: code, or a Bash command.
 *
 * @example
 * const fetchRows = task({
 *   name: 'fetch-rows',
 *   params: { type: 'object', properties: { day: { type: 'string' } }, required: ['day'] },
 *   retries: 3,
 *   retryDelay: '10s',
 *   async run(context, params) {
 *     context.log.info('fetching', { day: params.day });
 *     return { rows: 42 };
 *   },
 * });
 */
export function task<const S extends ParamsSchema = AnyParams, O = unknown, I extends Inputs = Inputs>(
  options: HandlerTaskOptions<S, O, I>,
): Task<ParamsOf<S>, GivenParamsOf<S>, O>;
export function task<const S extends ParamsSchema = AnyParams>(
  options: BashTaskOptions<S>,
): Task<ParamsOf<S>, GivenParamsOf<S>, unknown>;
export function task(options: Task['options']): Task {
  const ways = [options.run, options.bash].filter((way) => way !== undefined).length;
  if (ways !== 1 && options.pushDestination === undefined) {
    throw new TypeError(
      `task ${options.name ?? '(without a name)'}: give either run or bash, got ${ways === 0 ? 'neither' : 'both'}`,
    );
  }
  return { [TASK]: 1, name: options.name, options };
}

export function isTask(value: unknown): value is AnyTask {
  return isMarked(value, TASK);
}
