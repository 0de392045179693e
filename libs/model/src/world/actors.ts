import type { RunMemory, SubmissionInput } from '@taskflow/engine';
import type { Db, LeaseRef } from '@taskflow/store';
import type { Call } from './call.js';

/** A process: what it keeps in memory is gone with it, and calls that it had begun stay as they are. */
export interface Process {
  readonly name: string;
  db: Db;
  /** Calls that are stopped between two units of work. */
  pending: PendingCall[];
}

export interface PendingCall {
  readonly title: string;
  readonly call: Call<unknown>;
  /** Of a scheduler's verb: the term it was begun under. */
  readonly term: string | undefined;
  /** Takes the answer; gives it in words. */
  readonly answered: (value: unknown) => string;
  readonly failed: (error: unknown) => string;
}

export interface Scheduler extends Process {
  term: string | undefined;
  memory: RunMemory;
}

export type Told = 'success' | 'failed' | 'cancelled' | 'timeout';

/** A lease that was delivered. */
export interface KnownLease {
  readonly ref: LeaseRef;
  readonly label: string;
  readonly worker: string;
  /** What the worker made of it; sent again it says the same. */
  told: Told | undefined;
  /** How often the api has said `accepted`. */
  accepted: number;
}

export interface Worker {
  readonly name: string;
  /** Counts its starts. */
  start: number;
  session: { readonly id: string; readonly laneIds: readonly number[] } | undefined;
  /** What it has not got rid of yet. */
  held: KnownLease[];
}

/** A call of submit: repeated, it must give the same answer. */
export interface Request {
  readonly id: string;
  readonly input: SubmissionInput;
  /** Once it was answered. */
  instance: string | undefined;
}
