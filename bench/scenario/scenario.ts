import type { Postgres } from '../machine/postgres.ts';
import type { System } from '../peer/system.ts';

export interface Sizes {
  /** No-ops of a drain; systems that are far slower take a fraction. */
  readonly drain: number;
  readonly submit: number;
  readonly pickups: number;
  readonly chains: number;
  readonly backlog: number;
  readonly sustainSeconds: number;
  readonly idleSeconds: number;
  readonly schedules: number;
  readonly nodes: number;
  readonly workers: number;
}

export const FULL: Sizes = {
  drain: 60_000,
  submit: 30_000,
  pickups: 250,
  chains: 15,
  backlog: 1_000_000,
  sustainSeconds: 60,
  idleSeconds: 30,
  schedules: 10_000,
  nodes: 10_000,
  workers: 64,
};

export const QUICK: Sizes = {
  drain: 8000,
  submit: 4000,
  pickups: 40,
  chains: 3,
  backlog: 20_000,
  sustainSeconds: 6,
  idleSeconds: 5,
  schedules: 200,
  nodes: 500,
  workers: 8,
};

/** What a scenario finds. */
export interface Bench {
  readonly sizes: Sizes;
  readonly postgres: Postgres;
  /** Vacuums and analyses the database and writes a checkpoint: what was before is not paid for in what is measured next. */
  settle(database: string | undefined): Promise<void>;
  /** Adds what the auditor finds in a database that the scenario made for itself. */
  found(violations: readonly string[]): void;
}

/** One way to measure a system: figures by name, such as `{ 'chain 10 p50 ms': 31.2 }`. */
export interface Scenario {
  readonly name: string;
  appliesTo(system: System): boolean;
  measure(system: System, bench: Bench): Promise<Record<string, number>>;
}
