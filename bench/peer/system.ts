import type { Running } from '../taskflow/start.ts';
import type { WorkerProcess } from './worker-process.ts';

/** What the scenarios measure: Taskflow and each peer, all behind the same few verbs. A verb that a system lacks is left out. */
export interface System {
  readonly name: string;
  readonly version: string;
  /** How it is set up, in a few words. */
  readonly settings: string;
  readonly keepsHistory: boolean;
  /** How much smaller its populations are than those of the fastest, so that a run ends. Default 1. */
  readonly scale?: number;
  /** Chains and fan-outs run in the process that asks for them. */
  readonly runsInProcess?: boolean;
  /** Submits so many no-ops in one call. */
  submitBatch?(size: number): Promise<void>;
  /** Takes back what was submitted and has not run. */
  purge?(): Promise<void>;
  /** True when all that was submitted has run and is recorded. */
  isEmpty?(): Promise<boolean>;
  /** A worker in its own process, set up for throughput or for the shortest wait. */
  startWorker?(purpose: 'throughput' | 'latency'): Promise<WorkerProcess>;
  /** Submits one no-op whose handler tells how long after `sentAt` it started. */
  submitOne?(sentAt: number): Promise<void>;
  /** Runs so many no-ops one after the other; resolves when the caller knows of the end. */
  runChain?(steps: number): Promise<void>;
  /** Runs a hundred no-ops side by side and one after them; resolves when the caller knows of the end. */
  runFanOut?(): Promise<void>;
  /** Instead of submitting and a worker: moves so many rows and returns how many a second. */
  drainRows?(count: number): Promise<number>;
  /** Its database, where it has one: vacuumed and analysed before each measurement. */
  readonly database?: string;
  /** Of Taskflow itself. */
  readonly running?: Running;
  /** Problems that make the figures of this system void. */
  audit?(): Promise<string[]>;
  close(): Promise<void>;
}
