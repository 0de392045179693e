import type { Queryable, Statement } from '../db.js';

/**
 * Notes that tokens are in use, to about a minute: several replicas write one of them once.
 *
 * Locks: the rows, in the order of their ids; one that another call has locked is left to that call. Index: primary key.
 * Idempotent: yes. Caller: the api, once a minute for those in use.
 */
export const touchTokensStatement: Statement = {
  name: 'access_touch_tokens',
  text: `
update api_tokens t
   set last_used_at = clock_timestamp()
  from (select id from api_tokens
         where id = any (array(select unnest($1::bigint[])))
           and (last_used_at is null or last_used_at < clock_timestamp() - interval '30 seconds')
         order by id for update skip locked) stale
 where t.id = stale.id`,
};

export async function touchTokens(q: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await q.query(touchTokensStatement, [ids]);
}
