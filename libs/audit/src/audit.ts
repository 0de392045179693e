import type { Queryable } from '@taskflow/store';
import type { Check, Invariant } from './check.js';
import { attempts } from './check/attempts.js';
import { completions } from './check/completions.js';
import { limits } from './check/limits.js';
import { lostInstances } from './check/lost-instances.js';
import { order } from './check/order.js';
import { pushJobs } from './check/push-jobs.js';
import { reasons } from './check/reasons.js';
import { slots } from './check/slots.js';
import { starvation } from './check/starvation.js';

/** Every check, by invariant. */
export const checks: readonly Check[] = [
  ...lostInstances,
  ...completions,
  ...attempts,
  ...limits,
  ...slots,
  ...order,
  ...reasons,
  ...pushJobs,
  ...starvation,
];

const ROWS_SHOWN = 20;

export interface Violation {
  readonly invariant: Invariant;
  readonly check: string;
  readonly holds: string;
  /** The rows that prove it, at most 20. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** True when there are more than those shown. */
  readonly more: boolean;
}

/**
 * Checks the invariants on the database as it is, by SQL alone. Reads only; safe beside running services, although work
 * in flight can show a state that the next moment mends: run it again before believing a single row.
 */
export async function audit(queryable: Queryable): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const check of checks) {
    const rows = await queryable.query<Record<string, unknown>>({
      name: `audit_${check.name}`,
      text: `select * from (${check.sql}) violation limit ${ROWS_SHOWN + 1}`,
    });
    if (rows.length === 0) continue;
    violations.push({
      invariant: check.invariant,
      check: check.name,
      holds: check.holds,
      rows: rows.slice(0, ROWS_SHOWN),
      more: rows.length > ROWS_SHOWN,
    });
  }
  return violations;
}
