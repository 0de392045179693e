import type { Machine } from '../machine/describe.ts';

export interface Sample {
  readonly scenario: string;
  readonly system: string;
  readonly figure: string;
  readonly repetition: number;
  readonly value: number;
}

export interface Result {
  readonly machine: Machine;
  readonly systems: readonly { readonly name: string; readonly version: string; readonly settings: string }[];
  /** Peers that were not run, and why. */
  readonly absent: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
  /** What the auditor found in the database of Taskflow; a run with findings proves nothing. */
  readonly violations: readonly string[];
}

export function valuesOf(result: Result, scenario: string, system: string, figure: string): number[] {
  return result.samples
    .filter((sample) => sample.scenario === scenario && sample.system === system && sample.figure === figure)
    .map((sample) => sample.value);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
