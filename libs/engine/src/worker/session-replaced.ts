import { LeaseLost } from '@taskflow/domain';

/** What {@link sessionReplaced} says to programs: connecting again would only throw out the other one. */
const REASON = 'SESSION_REPLACED';

/** The end of a worker's session because another process has connected under the same name. */
export function sessionReplaced(worker: string): LeaseLost {
  return new LeaseLost(
    `Another process has connected as worker "${worker}", so this one is out. Names are unique among live workers: give each its own (TASKFLOW_WORKER_NAME), or none.`,
    { reason: REASON, metadata: { worker } },
  );
}

/** Whether a worker that says hello is the process of an earlier session: its connection broke, it was not started again. */
export function isReconnect(
  hello: { readonly process?: string | undefined; readonly held: readonly unknown[] },
  earlier: { readonly process?: string | null | undefined },
): boolean {
  return hello.held.length > 0 || (!!hello.process && hello.process === earlier.process);
}
