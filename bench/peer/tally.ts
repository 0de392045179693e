// In the worker process of every system: tells the bench over the process's channel what the handlers did.
const EVERY = 500;
let count = 0;

/** What a worker process sends. Times are of the monotonic clock that the processes of one machine share, in milliseconds. */
export type Told =
  | { readonly kind: 'ready' }
  | { readonly kind: 'count'; readonly count: number; readonly at: number }
  | { readonly kind: 'pickup'; readonly ms: number };

export function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** Called by every no-op handler; `sentAt` is there where the time from submission to start is measured. */
export function ran(sentAt?: unknown): void {
  if (typeof sentAt === 'number') return tell({ kind: 'pickup', ms: now() - sentAt });
  count += 1;
  if (count % EVERY === 0) tell({ kind: 'count', count, at: now() });
}

export function tell(told: Told): void {
  process.send?.(told);
}
