import type { LeaseRef } from '@taskflow/proto/taskflow/v1/workers.js';

/** One attempt under one lease, as the key of a map. */
export function leaseKey(ref: LeaseRef): string {
  return `${ref.id}/${ref.attempt}/${ref.leaseId}`;
}
