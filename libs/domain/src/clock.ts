/** Process-local time. What is stored and compared between processes comes from the database instead. */
export interface Clock {
  now(): Date;
  /** Milliseconds since an arbitrary moment; never goes back, whatever happens to the wall clock. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};
