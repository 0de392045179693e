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

type Better = Target['better'];

/** A figure of Taskflow to that of a peer. */
function against(
  peer: string,
  what: string,
  [scenario, figure]: [string, string],
  better: Better,
  must?: number,
  aim?: number,
): Target {
  return { what, scenario, figure, peer, better, ...(must && { must }), ...(aim && { aim }) };
}

/** A figure of Taskflow by itself. */
function alone(
  what: string,
  [scenario, figure]: [string, string],
  better: Better,
  unit: string,
  must?: number,
  aim?: number,
): Target {
  return { what, scenario, figure, better, unit, ...(must && { must }), ...(aim && { aim }) };
}

const DRAIN: [string, string] = ['drain', 'jobs/s'];
const CHAIN_10: [string, string] = ['chain', '10 steps, p50 ms'];
const CHAIN_40: [string, string] = ['chain', '40 steps, p50 ms'];

export const TARGETS: readonly Target[] = [
  against('graphile-worker', 'drain', DRAIN, 'more', 1, 1.3),
  against('pg-boss', 'drain', DRAIN, 'more', 1.5, 2.4),
  against('bullmq', 'drain', DRAIN, 'more', 1.5, 2.5),
  against('pgbench', 'drain', DRAIN, 'more', 0.6, 1),
  against('celery-rabbitmq', 'drain', DRAIN, 'more', 8, 15),
  alone('drain before 1M waiting, to an empty table', ['backlog', 'backlog to empty'], 'more', '×', 0.9, 1),
  alone('drain after 1M finished, to an empty table', ['backlog', 'finished to empty'], 'more', '×', 0.9, 1),
  against('graphile-worker', 'submit in batches of 1,000', ['submit', 'jobs/s'], 'more', 1, 1.3),
  against('graphile-worker', 'pickup p50', ['pickup', 'p50 ms'], 'less', 1, 0.7),
  against('graphile-worker', 'pickup p99', ['pickup', 'p99 ms'], 'less', 0.5),
  alone('pickup p99', ['pickup', 'p99 ms'], 'less', 'ms', undefined, 6),
  against('celery-rabbitmq', 'chain of 40', CHAIN_40, 'less', 2, 1),
  against('dbos', 'chain of 10', CHAIN_10, 'less', 1.2, 0.6),
  against('bullmq', 'fan-out of 100 and join', ['fanout', 'p50 ms'], 'less', 0.5, 0.3),
  alone('60 s of steady load, last sixth to first', ['sustain', 'last to first'], 'more', '×', 0.9, 1),
  alone('idle, queries of the busiest service', ['idle', 'busiest, queries/s'], 'less', 'a second', 2),
  alone('idle, CPU of the busiest service', ['idle', 'busiest, CPU %'], 'less', '%', 1),
  alone('10,000 schedules of one minute, all inserted', ['schedules', 'all inserted after, s'], 'less', 's', 2),
  alone('10,000 schedules of one minute, lag p99', ['schedules', 'lag p99 s'], 'less', 's', 1),
  alone('workflow of 10,000 tasks, registration', ['graph', 'registered in, s'], 'less', 's', 1),
  alone('workflow of 10,000 tasks, a step', ['graph', 'step p50 ms'], 'less', 'ms', 50),
  alone('two apis, share of the one that did less', ['replicas', 'smaller share %'], 'more', '%', 40),
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
