import { insertAudit, type AuditedChange, type Queryable } from '@taskflow/store';
import type { Ctx } from '../context.js';

/** Writes to the audit what a call changes, in the transaction of the change. What no call asked for is not audited. */
export async function recordChanges(ctx: Ctx, q: Queryable, changes: readonly AuditedChange[]): Promise<void> {
  if (ctx.origin === undefined) return;
  await insertAudit(q, { ...ctx.origin, actor: ctx.actor }, changes);
}
