import type { LeasedTask } from '@taskflow/engine';

/** Somebody who takes leases: a session's stream, or one long poll. */
export interface Taker {
  readonly sessionId: string;
  readonly laneIds: readonly number[];
  /** Leases that it takes now; 0 while it drains or its reader is behind. */
  wanted(): number;
  take(leases: readonly LeasedTask[]): void;
}
