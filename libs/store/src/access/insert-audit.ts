import type { Queryable, Statement } from '../db.js';

/**
 * Records changes that a call has made.
 *
 * Locks: none. Index: none. Idempotent: no; it stands in the transaction of what it tells. Caller: recordChanges.
 */
export const insertAuditStatement: Statement = {
  name: 'access_insert_audit',
  text: `
insert into audit_log (actor, role, token_id, method, request_id, target_kind, target, detail)
select $1, $2, $3, $4, $5, u.target_kind, u.target, u.detail::jsonb
  from unnest($6::text[], $7::text[], $8::text[]) u (target_kind, target, detail)`,
};

export interface AuditOrigin {
  readonly actor: string;
  readonly role?: string | undefined;
  readonly tokenId?: string | undefined;
  readonly method: string;
  readonly requestId: string;
}

export interface AuditedChange {
  readonly kind: 'task_instance' | 'workflow_instance' | 'task' | 'workflow' | 'schedule' | 'destination' | 'token';
  /** Id or name. */
  readonly target: string;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

export async function insertAudit(q: Queryable, origin: AuditOrigin, changes: readonly AuditedChange[]): Promise<void> {
  if (changes.length === 0) return;
  await q.query(insertAuditStatement, [
    origin.actor,
    origin.role ?? null,
    origin.tokenId ?? null,
    origin.method,
    origin.requestId,
    changes.map(({ kind }) => kind),
    changes.map(({ target }) => target),
    changes.map(({ detail }) => (detail === undefined ? null : JSON.stringify(detail))),
  ]);
}
