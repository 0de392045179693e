import { NotFound, parseId } from '@taskflow/domain';
import { revokeTokenRow, type TokenRow } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { recordChanges } from './record-changes.js';

/**
 * Ends a token for good. Idempotent.
 *
 * @throws NotFound
 */
export async function revokeToken(ctx: Ctx, input: { readonly id: string }): Promise<TokenRow> {
  const id = parseId(input.id, 'id');
  const row = await ctx.db.tx(async (q) => {
    const revoked = await revokeTokenRow(q, { id, revokedBy: ctx.actor });
    if (revoked?.changed) {
      await recordChanges(ctx, q, [{ kind: 'token', target: id, detail: { name: revoked.name, role: revoked.role } }]);
    }
    return revoked;
  });
  if (row !== undefined) return row;
  throw new NotFound(`There is no token ${id}; list them with \`taskflow auth token list\`.`, { metadata: { id } });
}
