import type { Queryable, Statement } from '../db.js';
import { TOKEN_STATE } from './list-tokens.js';

export interface KnownTokenRow {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly state: 'valid' | 'revoked' | 'expired';
  /** Milliseconds from now; null for one that does not expire. */
  readonly expires_in_ms: number | null;
}

const COLUMNS = `id, name, role, ${TOKEN_STATE} as state,
       ceil(extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as expires_in_ms`;

/**
 * The token with a hash, whatever its state.
 *
 * Locks: none. Index: api_tokens_hash_key. Idempotent: reads only. Caller: the api, for a token that it does not know yet.
 */
export const findTokenStatement: Statement = {
  name: 'access_find_token',
  text: `select ${COLUMNS} from api_tokens where hash = $1`,
};

/**
 * Tokens by id, whatever their state.
 *
 * Locks: none. Index: primary key. Idempotent: reads only. Caller: the api, every few seconds for those in use.
 */
export const getTokensStatement: Statement = {
  name: 'access_get_tokens',
  text: `select ${COLUMNS} from api_tokens where id = any (array(select unnest($1::bigint[])))`,
};

/** @param hash sha256, 32 bytes */
export async function findToken(q: Queryable, hash: Buffer): Promise<KnownTokenRow | undefined> {
  return (await q.query<KnownTokenRow>(findTokenStatement, [hash]))[0];
}

export function getTokens(q: Queryable, ids: readonly string[]): Promise<KnownTokenRow[]> {
  return q.query<KnownTokenRow>(getTokensStatement, [ids]);
}
