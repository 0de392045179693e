import type { Duration } from '@taskflow/proto/google/protobuf/duration.js';

/** Milliseconds of a protobuf Duration; `fallback` when absent. */
export function durationMs(duration: Duration | undefined, fallback: number): number {
  return duration === undefined ? fallback : Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

export function durationMessage(ms: number): Duration {
  const whole = Math.floor(ms / 1000);
  return { seconds: BigInt(whole), nanos: Math.round((ms - whole * 1000) * 1e6) };
}
