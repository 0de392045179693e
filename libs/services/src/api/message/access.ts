import type { Caller } from '@taskflow/rpc/server';
import type * as wire from '@taskflow/proto/taskflow/v1/access.js';
import type { AuditRow, TokenRow } from '@taskflow/store';

export function writeToken(row: TokenRow): wire.Token {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    state: row.state,
    createdAt: row.created_at,
    createdBy: row.created_by ?? '',
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    revokedBy: row.revoked_by ?? '',
  };
}

/** Without a token everybody may do everything. */
export function writeCaller(caller: Caller | undefined): wire.WhoAmIResponse {
  if (caller === undefined) return { name: '', role: 'admin', tokenId: '', authenticated: false };
  return { name: caller.name, role: caller.role, tokenId: caller.tokenId ?? '', authenticated: true };
}

export function writeAuditEntry(row: AuditRow): wire.AuditEntry {
  return {
    id: row.id,
    at: row.at,
    actor: row.actor,
    role: row.role ?? '',
    method: row.method,
    targetKind: row.target_kind,
    target: row.target,
    detailJson: row.detail ?? '',
    requestId: row.request_id,
  };
}
