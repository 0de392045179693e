import type { LeaseRef } from '@taskflow/store';

/** Equal for equal leases. */
export function leaseKey({ id, attempt, leaseId }: LeaseRef): string {
  return `${id}/${attempt}/${leaseId}`;
}
