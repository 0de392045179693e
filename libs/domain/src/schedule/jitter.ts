import { createHash } from 'node:crypto';
import { parseDuration } from '../duration.js';
import type { ScheduleSpec } from './schedule-spec.js';

const RANGE = 2 ** 48;

/**
 * By how many milliseconds the run of a slot is put off: from 0 to below `jitter`, always the same for one schedule and
 * slot. The slot itself keeps its time.
 *
 * @param seed what tells the schedule from others, such as its id
 */
export function jitterMs(spec: ScheduleSpec, seed: string, slot: Date): number {
  if (spec.jitter === undefined) return 0;
  const bytes = createHash('sha256').update(`${seed} ${slot.getTime()}`).digest();
  return Math.floor((bytes.readUIntBE(0, 6) / RANGE) * parseDuration(spec.jitter, 'jitter'));
}
