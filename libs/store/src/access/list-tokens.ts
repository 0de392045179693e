import type { Queryable, Statement } from '../db.js';

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly state: 'valid' | 'revoked' | 'expired';
  readonly created_at: Date;
  readonly created_by: string | null;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
  readonly revoked_by: string | null;
}

export const TOKEN_STATE = `case when revoked_at is not null then 'revoked'
            when expires_at <= clock_timestamp() then 'expired' else 'valid' end`;
export const TOKEN_COLUMNS = `id, name, role, ${TOKEN_STATE} as state,
       created_at, created_by, expires_at, last_used_at, revoked_at, revoked_by`;

/**
 * Tokens, newest first, a page at a time; never their hashes.
 *
 * Locks: none. Index: primary key. Idempotent: reads only. Caller: listTokens.
 */
export const listTokensStatement: Statement = {
  name: 'access_list_tokens',
  text: `select ${TOKEN_COLUMNS} from api_tokens where id < coalesce($1::bigint, 9223372036854775807) order by id desc limit $2`,
};

/** @param before id of the last one of the page before */
export function listTokenRows(q: Queryable, before: string | undefined, limit: number): Promise<TokenRow[]> {
  return q.query<TokenRow>(listTokensStatement, [before ?? null, limit]);
}
