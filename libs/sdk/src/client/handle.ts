import type { LogLine, TaskInstance, WorkflowInstance } from '@taskflow/proto/taskflow/v1/instances.js';
import { durationMessage } from '../duration-message.js';
import type { Caller } from './caller.js';
import { InstanceFailed } from './instance-failed.js';

/** One instance: of a Task, or of a Workflow. */
export interface Handle<Output, Instance = TaskInstance | WorkflowInstance> {
  readonly id: string;
  /** False when an earlier submission with the same unique key or request id is meant. */
  readonly created: boolean;
  get(): Promise<Instance>;
  /** The instance once it has ended, however. */
  wait(): Promise<Instance>;
  /**
   * The output once it has ended.
   *
   * @throws InstanceFailed when it has not ended as success
   */
  result(): Promise<Output>;
  /** Asks for its end; idempotent. */
  cancel(reason?: string): Promise<Instance>;
  /** Runs an ended instance again. @throws IllegalTransition when it has not ended */
  retry(): Promise<Instance>;
}

export interface TaskHandle<Output> extends Handle<Output, TaskInstance> {
  /** Log lines as they come, until the instance has ended. */
  logs(): AsyncIterable<LogLine>;
}

export type WorkflowHandle<Output> = Handle<Output, WorkflowInstance>;

const WAIT_MS = 60_000;
/** Beyond the wait itself, for the answer to arrive. */
const ANSWER_MS = 10_000;

export function taskHandle<Output>({ instances, repeat }: Caller, id: string, created: boolean): TaskHandle<Output> {
  const wait = (): Promise<TaskInstance> =>
    untilEnded(() =>
      repeat(() =>
        instances.waitTaskInstance({ id, timeout: durationMessage(WAIT_MS) }, { timeoutMs: WAIT_MS + ANSWER_MS }),
      ),
    );
  return {
    id,
    created,
    wait,
    get: async () => present((await repeat(() => instances.getTaskInstance({ id }))).instance),
    result: async () => outputOf<Output>('task instance', await wait()),
    cancel: async (reason = '') => present((await repeat(() => instances.cancelTaskInstance({ id, reason }))).instance),
    retry: async () => present((await instances.retryTaskInstance({ id })).instance),
    async *logs() {
      for await (const { lines } of instances.tailTaskLogs({ id, pageToken: '' })) yield* lines;
    },
  };
}

export function workflowHandle<Output>(
  { instances, repeat }: Caller,
  id: string,
  created: boolean,
): WorkflowHandle<Output> {
  const wait = (): Promise<WorkflowInstance> =>
    untilEnded(() =>
      repeat(() =>
        instances.waitWorkflowInstance({ id, timeout: durationMessage(WAIT_MS) }, { timeoutMs: WAIT_MS + ANSWER_MS }),
      ),
    );
  return {
    id,
    created,
    wait,
    get: async () => present((await repeat(() => instances.getWorkflowInstance({ id }))).instance),
    result: async () => outputOf<Output>('workflow instance', await wait()),
    cancel: async (reason = '') =>
      present((await repeat(() => instances.cancelWorkflowInstance({ id, reason }))).instance),
    retry: async () => present((await instances.retryWorkflowInstance({ id })).instance),
  };
}

async function untilEnded<I>(ask: () => Promise<{ instance?: I | undefined; ended: boolean }>): Promise<I> {
  for (;;) {
    const { instance, ended } = await ask();
    if (ended) return present(instance);
  }
}

function outputOf<Output>(what: string, instance: TaskInstance | WorkflowInstance): Output {
  if (instance.status !== 'success') throw new InstanceFailed(what, instance);
  return (instance.outputJson === '' ? undefined : JSON.parse(instance.outputJson)) as Output;
}

function present<I>(instance: I | undefined): I {
  if (instance === undefined) throw new TypeError('the api answered without the instance; is it of this version?');
  return instance;
}
