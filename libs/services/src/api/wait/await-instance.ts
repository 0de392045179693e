import { isTaskTerminal, isWorkflowTerminal, type TaskState, type WorkflowState } from '@taskflow/domain';
import { getTaskInstance, getWorkflowRun, type Ctx } from '@taskflow/engine';
import type { Duration } from '@taskflow/proto/google/protobuf/duration.js';
import type { ApiContext } from '../context.js';
import { readDuration } from '../message/duration.js';
import type { WaitKind } from './waiters.js';

export interface AwaitRequest {
  readonly id: string;
  /** At most 5 minutes; 30 s when absent. */
  readonly timeout?: Duration | undefined;
}

type Waiting = Pick<ApiContext, 'waiters'>;

const USUAL_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 300_000;

/** The instance when it has ended, or as it is when the time has passed. @throws NotFound */
export function awaitTaskInstance(api: Waiting, ctx: Ctx, request: AwaitRequest) {
  const read = () => getTaskInstance(ctx, request);
  return untilEnded(api, ctx, 'task', request, read, ({ status }) => isTaskTerminal(status as TaskState));
}

/** The instance when it has ended, or as it is when the time has passed. @throws NotFound */
export function awaitWorkflowInstance(api: Waiting, ctx: Ctx, request: AwaitRequest) {
  const read = () => getWorkflowRun(ctx, request);
  return untilEnded(api, ctx, 'workflow', request, read, ({ status }) => isWorkflowTerminal(status as WorkflowState));
}

async function untilEnded<Instance>(
  { waiters }: Waiting,
  { clock, signal }: Ctx,
  kind: WaitKind,
  { id, timeout }: AwaitRequest,
  read: () => Promise<Instance>,
  hasEnded: (instance: Instance) => boolean,
): Promise<{ readonly instance: Instance; readonly ended: boolean }> {
  const timeoutMs = readDuration(timeout, 'timeout', LONGEST_WAIT_MS) ?? USUAL_WAIT_MS;
  const deadline = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const left = deadline - clock.monotonicMs();
    const looked = new AbortController();
    // Before the look, so that an end between the two is not missed.
    const news = waiters.wait(kind, id, Math.max(left, 0), AbortSignal.any([signal, looked.signal]));
    // The api may stop during the look, when nobody listens yet: that must not end the process.
    news.catch(() => undefined);
    try {
      const instance = await read();
      const ended = hasEnded(instance);
      if (ended || left <= 0 || signal.aborted) return { instance, ended };
      await news;
    } finally {
      looked.abort();
      await Promise.allSettled([news]);
    }
  }
}
