/**
 * What a token lets its holder do: `viewer` reads; `operator` also changes what runs; `admin` also hands out tokens; `worker`
 * leases and completes, and registers what it runs.
 */
export const ROLES = ['viewer', 'operator', 'admin', 'worker'] as const;

export type Role = (typeof ROLES)[number];
