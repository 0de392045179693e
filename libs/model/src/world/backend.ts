import type { HintedChange } from '@taskflow/engine';
import type { Db } from '@taskflow/store';

/** A database for one story: in memory, or Postgres. */
export interface Backend {
  /** What a process of its own sees of it: nothing is cached between two of these. */
  connect(): Db;
  /** Moves database time on. */
  advance(ms: number): Promise<void>;
  /** Notifications of tasks that succeeded, oldest first: whoever listens may get each, late, twice or never. */
  hints(): Promise<readonly HintedChange[]>;
  /** The server dies and comes back: what its commits have not waited to have on the disk is gone. */
  crash(): Promise<void>;
  /** Schedules fire no more slots. */
  retireSchedules(): Promise<void>;
  /** Work that is not over. */
  openWork(): Promise<number>;
  /** Every row that decisions depend on, ids by rank, moments in milliseconds: equal on equal histories. */
  snapshot(): Promise<Readonly<Record<string, readonly unknown[]>>>;
}
