import { InvalidInput, fieldViolation } from '@taskflow/domain';
import type { Duration } from '@taskflow/proto/google/protobuf/duration.js';

/** The longest duration that a message may carry: 3650 days, in milliseconds. */
const LONGEST_MS = 3650 * 86_400_000;

export function writeDuration(ms: number): Duration {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

/** Milliseconds of a duration from 0 to `mostMs`; undefined when it is absent. */
export function readDuration(duration: Duration | undefined, field: string, mostMs = LONGEST_MS): number | undefined {
  if (duration === undefined) return undefined;
  const ms = Number(duration.seconds) * 1000 + duration.nanos / 1e6;
  if (ms >= 0 && ms <= mostMs) return ms;
  const wanted = `a duration from 0s to ${mostMs / 1000}s`;
  throw InvalidInput.of('the request', [fieldViolation(field, `${ms / 1000}s`, wanted)]);
}
