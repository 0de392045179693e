import type { Queryable, Statement } from '../db.js';
import { TOKEN_COLUMNS, type TokenRow } from './list-tokens.js';

/**
 * Ends a token.
 *
 * Locks: the row. Index: primary key. Idempotent: the first revocation stays. Caller: revokeToken.
 */
export const revokeTokenStatement: Statement = {
  name: 'access_revoke_token',
  text: `
with target as (
  select id as target_id, revoked_at as was_revoked_at from api_tokens where id = $1 for update
)
update api_tokens t
   set revoked_at = coalesce(t.revoked_at, clock_timestamp()), revoked_by = coalesce(t.revoked_by, $2)
  from target
 where t.id = target.target_id
returning ${TOKEN_COLUMNS}, was_revoked_at is null as changed`,
};

export interface RevokedToken extends TokenRow {
  /** False when it was revoked before. */
  readonly changed: boolean;
}

/** Undefined when there is no such token. */
export async function revokeTokenRow(
  q: Queryable,
  input: { readonly id: string; readonly revokedBy: string },
): Promise<RevokedToken | undefined> {
  return (await q.query<RevokedToken>(revokeTokenStatement, [input.id, input.revokedBy]))[0];
}
