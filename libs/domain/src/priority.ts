export const PRIORITIES = ['critical', 'high', 'normal', 'low'] as const;

export type Priority = (typeof PRIORITIES)[number];

const HOUR_MS = 3_600_000;

const OFFSET_MS: Readonly<Record<Priority, number>> = {
  critical: -24 * HOUR_MS,
  high: -HOUR_MS,
  normal: 0,
  low: HOUR_MS,
};

/**
 * Milliseconds to add to the time at which an instance became ready; the queue is served by the smallest sum.
 *
 * A priority is thus a head start in time: without any row being updated, what waits grows older until it outranks newer work of a
 * higher priority. Low work waits at most 2 h behind a flood of high work.
 */
export function rankOffsetMs(priority: Priority): number {
  return OFFSET_MS[priority];
}
