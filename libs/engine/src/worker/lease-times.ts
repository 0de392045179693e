/** Milliseconds that leases hold without a heartbeat. */
export const LEASE_TTL_MS = 15_000;
/** Milliseconds between heartbeats: two may be lost. */
export const HEARTBEAT_MS = 5000;
