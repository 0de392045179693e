import { median, valuesOf, type Result } from './result.ts';

export interface Target {
  readonly what: string;
  readonly scenario: string;
  readonly figure: string;
  /** The peer it is compared with; without one the figure itself is judged. */
  readonly peer?: string;
  /** Whether more or less is better. */
  readonly better: 'more' | 'less';
  readonly must?: number;
  readonly aim?: number;
  readonly unit?: string;
}

const RATE = 'jobs/s';

export const TARGETS: readonly Target[] = [
  { what: 'drain', scenario: 'drain', figure: RATE, peer: 'graphile-worker', better: 'more', must: 1, aim: 1.3 },
  { what: 'drain', scenario: 'drain', figure: RATE, peer: 'pg-boss', better: 'more', must: 1.5, aim: 2.4 },
  { what: 'drain', scenario: 'drain', figure: RATE, peer: 'bullmq', better: 'more', must: 1.5, aim: 2.5 },
  { what: 'drain', scenario: 'drain', figure: RATE, peer: 'pgbench', better: 'more', must: 0.6, aim: 1 },
  {
    what: 'submit, batches of 1,000',
    scenario: 'submit',
    figure: RATE,
    peer: 'graphile-worker',
    better: 'more',
    must: 1,
    aim: 1.3,
  },
  {
    what: 'pickup p50',
    scenario: 'pickup',
    figure: 'p50 ms',
    peer: 'graphile-worker',
    better: 'less',
    must: 1,
    aim: 0.7,
  },
  { what: 'pickup p99', scenario: 'pickup', figure: 'p99 ms', peer: 'graphile-worker', better: 'less', must: 0.5 },
  { what: 'pickup p99', scenario: 'pickup', figure: 'p99 ms', better: 'less', aim: 6, unit: 'ms' },
  {
    what: 'chain of 10',
    scenario: 'chain',
    figure: '10 steps, p50 ms',
    peer: 'dbos',
    better: 'less',
    must: 1.2,
    aim: 0.6,
  },
  {
    what: 'fan-out of 100 and join',
    scenario: 'fanout',
    figure: 'p50 ms',
    peer: 'bullmq',
    better: 'less',
    must: 0.5,
    aim: 0.3,
  },
];

export interface Verdict extends Target {
  readonly ours: number;
  readonly theirs: number | null;
  /** Ours to theirs, or ours where there is no peer. */
  readonly value: number;
  readonly mustMet: boolean | null;
  readonly aimMet: boolean | null;
}

/** Those targets for which this run has figures. */
export function judge(result: Result): Verdict[] {
  return TARGETS.flatMap((target) => {
    const ours = median(valuesOf(result, target.scenario, 'taskflow', target.figure));
    const theirs = target.peer ? median(valuesOf(result, target.scenario, target.peer, target.figure)) : null;
    const value = theirs === null ? ours : ours / theirs;
    if (!Number.isFinite(value)) return [];
    const met = (mark: number | undefined): boolean | null =>
      mark === undefined ? null : target.better === 'more' ? value >= mark : value <= mark;
    return [{ ...target, ours, theirs, value, mustMet: met(target.must), aimMet: met(target.aim) }];
  });
}
