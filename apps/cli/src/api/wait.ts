import type { TaskInstance, WorkflowInstance } from '@taskflow/proto/taskflow/v1/instances.js';
import { CommandFailure } from '../failure/command-failure.js';
import { EXIT } from '../failure/exit-code.js';

/** How long one call waits at the api; the next follows at once. */
const LONGEST_CALL_MS = 60_000;
const ANSWER_MS = 10_000;

type Ended<T> = { readonly instance?: T | undefined; readonly ended: boolean };
type Wait = { timeout: { seconds: bigint; nanos: number } };

/**
 * Waits until the instance has ended, in calls of at most a minute.
 *
 * @param timeoutMs unlimited when undefined
 * @throws CommandFailure (6) when the time has passed
 */
export async function waitForEnd<T extends TaskInstance | WorkflowInstance>(
  what: string,
  timeoutMs: number | undefined,
  call: (request: Wait, options: { timeoutMs: number }) => Promise<Ended<T>>,
): Promise<T> {
  const deadline = performance.now() + (timeoutMs ?? Infinity);
  for (;;) {
    const left = Math.max(0, Math.min(deadline - performance.now(), LONGEST_CALL_MS));
    const { instance, ended } = await call({ timeout: durationOf(left) }, { timeoutMs: left + ANSWER_MS });
    if (ended && instance !== undefined) return instance;
    if (performance.now() < deadline) continue;
    const status = instance === undefined ? '' : ` (it is ${instance.status})`;
    throw new CommandFailure(
      `${what} has not ended in the time given${status}; it goes on, look again with the same command`,
      EXIT.waitTimedOut,
    );
  }
}

/** @throws CommandFailure (5) when the awaited instance did not succeed */
export function demandSuccess(
  what: string,
  end: { status: string; reason: string; message: string },
  next: string,
): void {
  if (end.status === 'success') return;
  const why = [end.reason, end.message].filter((part) => part !== '').join(': ');
  throw new CommandFailure(`${what} ended as ${end.status}${why === '' ? '' : ` (${why})`}; ${next}`, EXIT.runFailed);
}

function durationOf(ms: number): { seconds: bigint; nanos: number } {
  const whole = Math.ceil(ms);
  return { seconds: BigInt(Math.floor(whole / 1000)), nanos: (whole % 1000) * 1_000_000 };
}
