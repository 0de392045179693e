/** Milliseconds that leases hold without a heartbeat, where nothing else is configured. */
export const LEASE_TTL_MS = 15_000;
/** Milliseconds between heartbeats: two may be lost. */
export function heartbeatMs(leaseTtlMs: number): number {
  return Math.floor(leaseTtlMs / 3);
}
