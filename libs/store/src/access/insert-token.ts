import type { Queryable, Statement } from '../db.js';
import { TOKEN_COLUMNS, type TokenRow } from './list-tokens.js';

/**
 * Adds a token by its hash.
 *
 * Locks: the row. Index: api_tokens_live_name. Idempotent: a name that is taken gives no row. Caller: createToken.
 */
export const insertTokenStatement: Statement = {
  name: 'access_insert_token',
  text: `
insert into api_tokens (name, role, hash, created_by, expires_at)
values ($1, $2, $3, $4, clock_timestamp() + $5::bigint * interval '1 millisecond')
on conflict (name) where revoked_at is null do nothing
returning ${TOKEN_COLUMNS}`,
};

export interface NewToken {
  readonly name: string;
  readonly role: string;
  /** sha256, 32 bytes. */
  readonly hash: Buffer;
  readonly createdBy: string;
  /** Milliseconds; for ever when absent. */
  readonly ttlMs?: number | undefined;
}

/** Undefined when a token of this name is there and not revoked. */
export async function insertToken(q: Queryable, input: NewToken): Promise<TokenRow | undefined> {
  const { name, role, hash, createdBy, ttlMs } = input;
  const rows = await q.query<TokenRow>(insertTokenStatement, [name, role, hash, createdBy, ttlMs ?? null]);
  return rows[0];
}
