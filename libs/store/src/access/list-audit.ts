import type { Queryable, Statement } from '../db.js';

export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly role: string | null;
  readonly method: string;
  readonly target_kind: string;
  readonly target: string;
  /** JSON text. */
  readonly detail: string | null;
  readonly request_id: string;
}

/**
 * What was changed, newest first, a page at a time; of one target where one is given.
 *
 * Locks: none. Index: primary key, or audit_log_by_target. Idempotent: reads only. Caller: listAuditEntries.
 */
export const listAuditStatement: Statement = {
  name: 'access_list_audit',
  planEachTime: true,
  text: `
select id, at, actor, role, method, target_kind, target, detail::text, request_id
  from audit_log
 where id < coalesce($1::bigint, 9223372036854775807)
   and ($2::text is null or (target_kind = $2 and target = $3))
 order by id desc
 limit $4`,
};

export interface ListAuditInput {
  /** Id of the last one of the page before. */
  readonly before?: string | undefined;
  readonly of?: { readonly kind: string; readonly target: string } | undefined;
  readonly limit: number;
}

export function listAuditRows(q: Queryable, { before, of, limit }: ListAuditInput): Promise<AuditRow[]> {
  return q.query<AuditRow>(listAuditStatement, [before ?? null, of?.kind ?? null, of?.target ?? null, limit]);
}
