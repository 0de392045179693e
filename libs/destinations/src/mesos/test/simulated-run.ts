import type { TaskStatus } from '../scheduler-api.js';

/** How a simulated task goes: how long it runs, and its end. */
export interface SimulatedRun {
  readonly seconds: number;
  readonly state: string;
  readonly facts: Partial<TaskStatus>;
  /** Its container is never there. */
  readonly starts: boolean;
}

interface TaskInfo {
  readonly command?: { readonly arguments?: readonly string[]; readonly value?: string };
  readonly container?: { readonly mesos?: { readonly image?: { readonly docker?: { readonly name?: string } } } };
}

/** Understands `sleep N`, `exit N` and `eat memory` in a command, and images whose name holds `missing`. */
export function planRun({ command, container }: TaskInfo): SimulatedRun {
  const text = command?.arguments?.join(' ') ?? command?.value ?? '';
  const seconds = Number(/sleep ([\d.]+)/.exec(text)?.[1] ?? 0);
  const exit = Number(/exit (\d+)/.exec(text)?.[1] ?? 0);
  const image = container?.mesos?.image?.docker?.name;
  const end = (state: string, facts: Partial<TaskStatus>, starts = true): SimulatedRun => ({
    seconds,
    state,
    facts,
    starts,
  });
  if (image?.includes('missing') === true) {
    const message = `Failed to launch container: Failed to pull image '${image}': Unexpected HTTP response '404 Not Found' when trying to get the manifest`;
    return end('TASK_FAILED', { reason: 'REASON_CONTAINER_LAUNCH_FAILED', message }, false);
  }
  if (text.includes('eat memory')) {
    const message = 'Memory limit exceeded: Requested: 64MB Maximum Used: 64MB';
    return end('TASK_FAILED', { reason: 'REASON_CONTAINER_LIMITATION_MEMORY', message });
  }
  if (exit === 0) return end('TASK_FINISHED', { message: 'Command exited with status 0' });
  return end('TASK_FAILED', {
    reason: 'REASON_COMMAND_EXECUTOR_FAILED',
    message: `Command exited with status ${String(exit)}`,
  });
}
