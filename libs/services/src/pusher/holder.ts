import type { PushDestination } from '@taskflow/destinations';
import type { PushCtx } from '@taskflow/engine';
import type { Breaker } from './breaker.js';
import type { DestinationSettings } from './destination-schema.js';
import type { LogTaker } from './take-logs.js';

/** What the rounds of one destination work with. */
export interface Holder {
  readonly destination: PushDestination;
  readonly config: DestinationSettings;
  readonly deploymentId: string;
  readonly breaker: Breaker;
  readonly logs: LogTaker;
  /** False as soon as the lease cannot be trusted: nothing is begun any more. */
  isHeld(): boolean;
}

export type Round = (ctx: PushCtx, holder: Holder) => Promise<unknown>;

/** A call ends within the ambiguity window: who takes over meanwhile looks for its job again after that. */
export function callSignal({ config }: Holder): AbortSignal {
  return AbortSignal.timeout(config.submit_timeout);
}

export function* batches<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
