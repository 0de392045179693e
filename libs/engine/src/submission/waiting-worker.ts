import type { LeasedTask } from '../task/prepare-lease.js';

/** A place of a connected worker that waits for something to run, kept for one submission. Exactly one of the two is called. */
export interface WaitingWorker {
  readonly sessionId: string;
  /** It runs this. */
  lease(task: LeasedTask): void;
  /** It waits on. */
  release(): void;
}
