import type { LeaseRef } from '@taskflow/engine';

/** Equal for equal leases. */
export function leaseKey({ id, attempt, leaseId }: LeaseRef): string {
  return `${id}/${attempt}/${leaseId}`;
}
