import { listTokenRows, type TokenRow } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readPageSize, readPageToken, toPage, type Page, type PageInput } from '../page.js';

/** Tokens, newest first, ended ones too. */
export async function listTokens(ctx: Ctx, input: PageInput): Promise<Page<TokenRow>> {
  const size = readPageSize(input.pageSize);
  const [before] = readPageToken('tokens', input.pageToken) ?? [];
  const rows = await listTokenRows(ctx.db, before, size + 1);
  return toPage('tokens', rows, size, ({ id }) => [id]);
}
