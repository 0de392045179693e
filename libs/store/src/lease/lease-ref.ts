import { numbersLiteral } from '../columns.js';

/** The lease of one attempt, as workers and the database name it. */
export interface LeaseRef {
  /** Task instance, decimal string. */
  readonly id: string;
  readonly attempt: number;
  /** Fencing token, decimal string: another one for every lease that was ever given. */
  readonly leaseId: string;
}

/** Row form of a lease. */
export interface LeaseRow {
  readonly id: string;
  readonly attempt: number;
  readonly lease_id: string;
}

export function toLeaseRef(row: LeaseRow): LeaseRef {
  return { id: row.id, attempt: row.attempt, leaseId: row.lease_id };
}

/**
 * Three columns for `unnest`: ids, attempts, lease ids, as Postgres writes arrays of numbers. A thousand values that need no
 * quotes are told so at a fraction of what the driver takes for them one by one.
 */
export function leaseColumns(refs: readonly LeaseRef[]): [string, string, string] {
  return [
    numbersLiteral(refs.map((ref) => ref.id)),
    numbersLiteral(refs.map((ref) => ref.attempt)),
    numbersLiteral(refs.map((ref) => ref.leaseId)),
  ];
}
