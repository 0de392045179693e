import { randomUUID } from 'node:crypto';
import type { AppliedDefinition } from '@taskflow/proto/taskflow/v1/definitions.js';
import type {
  ListTaskInstancesRequest,
  ListWorkflowInstancesRequest,
  TaskInstance,
  WorkflowInstance,
} from '@taskflow/proto/taskflow/v1/instances.js';
import type { SubmissionError, SubmitStreamResponse } from '@taskflow/proto/taskflow/v1/submissions.js';
import { compile, type Compilable } from '../define/compile.js';
import type { Task } from '../define/task.js';
import type { Workflow } from '../define/workflow.js';
import { environmentToken } from '../environment-token.js';
import { createCaller, type Caller } from './caller.js';
import { taskHandle, workflowHandle, type TaskHandle, type WorkflowHandle } from './handle.js';
import { submissionOf, type SubmissionInput, type SubmitOptions, type Target } from './submission.js';

export interface ClientOptions {
  /** `host:port` of the api's gRPC port. Default `127.0.0.1:7233`. */
  address?: string;
  /** Where the api asks for one. Default: that of TASKFLOW_TOKEN. */
  token?: string | undefined;
  /** How long calls are made again while the api is away, in milliseconds. Default 30,000; 0 fails at once. */
  retryMs?: number;
}

/** What a submission of `Given` takes: params may be left out where none is required. */
type Arguments<Given> =
  Record<never, never> extends Given
    ? [params?: Given, options?: SubmitOptions]
    : [params: Given, options?: SubmitOptions];

export type SubmitResult = { readonly id: string; readonly created: boolean } | { readonly error: SubmissionError };

export interface TaskflowClient {
  /**
   * Submits an instance and returns a handle on it.
   *
   * @throws NotFound when nothing of the name is registered; InvalidInput with a violation per field of bad params;
   *   AlreadyExists for a unique key with `onConflict: 'reject'`; Unavailable when the api stays away
   */
  submit<P, G, O>(target: Task<P, G, O>, ...rest: Arguments<G>): Promise<TaskHandle<O>>;
  submit<G>(target: Workflow<G>, ...rest: Arguments<G>): Promise<WorkflowHandle<unknown>>;
  submit(target: { task: string }, params?: object, options?: SubmitOptions): Promise<TaskHandle<unknown>>;
  submit(target: { workflow: string }, params?: object, options?: SubmitOptions): Promise<WorkflowHandle<unknown>>;
  /** Submits an instance and waits for its output. @throws InstanceFailed when it does not end as success */
  run<P, G, O>(target: Task<P, G, O>, ...rest: Arguments<G>): Promise<O>;
  run<G>(target: Workflow<G>, ...rest: Arguments<G>): Promise<unknown>;
  run(target: { task: string } | { workflow: string }, params?: object, options?: SubmitOptions): Promise<unknown>;
  /** Up to 10,000 in one transaction; a refused item does not stop the others. Results in the same order. */
  submitBatch(submissions: readonly SubmissionInput[], options?: { requestId?: string }): Promise<SubmitResult[]>;
  /** Any number, batch by batch. Not made again when the api goes away on the way. */
  submitStream(
    batches: AsyncIterable<readonly SubmissionInput[]> | Iterable<readonly SubmissionInput[]>,
  ): Promise<SubmitStreamResponse>;
  /** Registers definitions, all or none; idempotent. @throws InvalidInput with every violation */
  apply(definitions: Compilable): Promise<AppliedDefinition[]>;
  /** What {@link apply} would do. */
  validate(definitions: Compilable): Promise<AppliedDefinition[]>;
  /** A handle on an instance whose id is known. */
  taskInstance(id: string): TaskHandle<unknown>;
  workflowInstance(id: string): WorkflowHandle<unknown>;
  /** Newest first, however many; pages are fetched as they are read. */
  listTaskInstances(filter?: Partial<ListTaskInstancesRequest>): AsyncIterable<TaskInstance>;
  listWorkflowInstances(filter?: Partial<ListWorkflowInstancesRequest>): AsyncIterable<WorkflowInstance>;
  /** Turns a Task or Workflow on or off; the choice survives deploys. */
  setActive(target: Target, active: boolean): Promise<void>;
  /** Every call of the contract, as generated. */
  readonly services: Pick<Caller, 'definitions' | 'submissions' | 'instances' | 'schedules'>;
  close(): void;
}

/**
 * A client of the api.
 *
 * @example
 * const taskflow = client({ address: '127.0.0.1:7233' });
 * const handle = await taskflow.submit(task({ name: 'double', run: () => 42 }));
 * const output: number = await handle.result();
 * taskflow.close();
 */
export function client(options: ClientOptions = {}): TaskflowClient {
  const { address = '127.0.0.1:7233', token = environmentToken(process.env), retryMs = 30_000 } = options;
  const caller = createCaller(address, token, retryMs);
  const { definitions, submissions, instances, repeat } = caller;

  const submit = async (target: Target, params?: unknown, options: SubmitOptions = {}) => {
    const { item } = submissionOf({ target, params, requestId: randomUUID(), ...options });
    if (item?.$case === 'workflow') {
      const { id, created } = await repeat(() => submissions.submitWorkflow(item.value));
      return workflowHandle<never>(caller, id, created);
    }
    if (item === undefined) throw new TypeError('nothing to submit');
    const { id, created } = await repeat(() => submissions.submitTask(item.value));
    return taskHandle<never>(caller, id, created);
  };
  const compiled = (source: Compilable) => ({
    definitions: compile(source).definitions.map(({ kind, spec }) => ({ kind, specJson: JSON.stringify(spec) })),
  });

  return {
    submit: submit as TaskflowClient['submit'],
    run: (async (target: Target, params?: unknown, options?: SubmitOptions) =>
      (await submit(target, params, options)).result()) as TaskflowClient['run'],
    async submitBatch(inputs, { requestId = randomUUID() } = {}) {
      const request = { submissions: inputs.map(submissionOf), requestId };
      const { results } = await repeat(() => submissions.submitBatch(request));
      return results.map(({ id, created, error }) => (error ? { error } : { id, created }));
    },
    submitStream: (batches) => submissions.submitStream(streamOf(batches)),
    apply: async (source) => (await repeat(() => definitions.applyDefinitions(compiled(source)))).definitions,
    validate: async (source) => (await repeat(() => definitions.validateDefinitions(compiled(source)))).definitions,
    taskInstance: (id) => taskHandle(caller, id, false),
    workflowInstance: (id) => workflowHandle(caller, id, false),
    listTaskInstances: (filter = {}) =>
      pages((pageToken) => {
        const request = { pageSize: 0, status: [], task: '', workflowInstanceId: '', ...filter, pageToken };
        return repeat(() => instances.listTaskInstances(request));
      }),
    listWorkflowInstances: (filter = {}) =>
      pages((pageToken) => {
        const request = { pageSize: 0, status: [], workflow: '', ...filter, pageToken };
        return repeat(() => instances.listWorkflowInstances(request));
      }),
    async setActive(target, active) {
      const { item } = submissionOf({ target });
      if (item?.$case === 'task') await repeat(() => definitions.setTaskActive({ name: item.value.task, active }));
      else if (item) await repeat(() => definitions.setWorkflowActive({ name: item.value.workflow, active }));
    },
    services: caller,
    close: () => caller.close(),
  };
}

async function* streamOf(batches: AsyncIterable<readonly SubmissionInput[]> | Iterable<readonly SubmissionInput[]>) {
  for await (const batch of batches) yield { submissions: batch.map(submissionOf) };
}

async function* pages<I>(ask: (token: string) => Promise<{ instances: I[]; nextPageToken: string }>): AsyncIterable<I> {
  let token = '';
  do {
    const page = await ask(token);
    yield* page.instances;
    token = page.nextPageToken;
  } while (token !== '');
}
