import type { Db, Queryable } from '@taskflow/store';
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
import { trace } from './check/trace.js';
import { checkExternalJobs, type ExternalJobs } from './external-jobs.js';

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
  ...trace,
];

const ROWS_SHOWN = 20;
const TIMEOUT_MS = 300_000;

export interface AuditOptions {
  /** Most rows of each violation; 20 by default. All are counted. */
  readonly rows?: number | undefined;
  /** Longest time of one check in milliseconds; 5 minutes by default. */
  readonly timeoutMs?: number | undefined;
  /** What destinations say of the jobs that they have, for I8; without it the database alone is asked. */
  readonly externalJobs?: readonly ExternalJobs[] | undefined;
  /** Told after each check. */
  readonly onCheck?: ((check: Check, took: { readonly ms: number; readonly count: number }) => void) | undefined;
}

export interface Violation {
  readonly invariant: Invariant;
  readonly check: string;
  readonly holds: string;
  /** What has happened and where to look. */
  readonly means: string;
  /** How many rows contradict. */
  readonly count: number;
  /** The first of them. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** A check took longer than it may: nothing is known of it and of those after it. */
export class AuditTimeout extends Error {}

/**
 * Checks the invariants by SQL alone, on one snapshot: of running services too, every row was there at the same moment.
 * Reads only and blocks nobody; while it runs, vacuum keeps what has died meanwhile. A replica will do.
 *
 * @throws AuditTimeout that names the check which took longer than its time
 */
export async function audit(db: Db, options: AuditOptions = {}): Promise<Violation[]> {
  const { rows = ROWS_SHOWN, externalJobs = [] } = options;
  const violations = await db.tx(async (q) => {
    await q.query({ name: '', text: 'set transaction isolation level repeatable read, read only' });
    return auditWithin(q, options);
  });
  for (const asked of externalJobs) violations.push(...(await checkExternalJobs(db, asked, rows)));
  return violations;
}

/** The same within the caller's transaction, of what that sees, and of the database alone. */
export async function auditWithin(q: Queryable, options: AuditOptions = {}): Promise<Violation[]> {
  const { rows = ROWS_SHOWN, timeoutMs = TIMEOUT_MS, onCheck } = options;
  for (const setting of settings(timeoutMs)) await q.query({ name: '', text: `set local ${setting}` });
  const violations: Violation[] = [];
  for (const check of checks) {
    const began = performance.now();
    const found = await violationsOf(q, check, rows);
    onCheck?.(check, { ms: performance.now() - began, count: found?.count ?? 0 });
    if (found) violations.push(found);
  }
  return violations;
}

/** Whole tables are joined: the services' sessions, which look up single rows, are set otherwise. */
function settings(timeoutMs: number): string[] {
  return [
    `statement_timeout = ${Math.round(timeoutMs)}`,
    `work_mem = '256MB'`,
    'enable_seqscan = on',
    'jit = off',
    // Where nothing was analyzed yet, tables look small: rows of a million would be compared with each other.
    'enable_nestloop = off',
    // The text of a moment is the same wherever it is read.
    `timezone = 'UTC'`,
  ];
}

const QUERY_CANCELED = '57014';

async function violationsOf(q: Queryable, check: Check, most: number): Promise<Violation | undefined> {
  const text = `select v.*, count(*) over () as "count over all" from (${check.sql}) v limit ${Math.max(1, Math.trunc(most))}`;
  const found = await q.query<Record<string, unknown>>({ name: '', text }).catch((error: unknown) => {
    if (!(error instanceof Error) || !('code' in error) || error.code !== QUERY_CANCELED) throw error;
    throw new AuditTimeout(
      `The check ${check.name} (${check.invariant}) did not end in its time. Nothing is known of it and of those after it: ` +
        'run the audit again with a longer --timeout, or at a quieter time.',
      { cause: error },
    );
  });
  if (found.length === 0) return undefined;
  const { invariant, name, holds, means } = check;
  return { invariant, check: name, holds, means, count: Number(found[0]?.['count over all']), rows: found.map(shown) };
}

function shown({ 'count over all': _count, ...row }: Record<string, unknown>): Record<string, unknown> {
  return row;
}
