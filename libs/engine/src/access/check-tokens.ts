import { getTokens, touchTokens, type KnownTokenRow, type Queryable } from '@taskflow/store';

export interface CheckTokensInput {
  readonly ids: readonly string[];
  /** Of these, those that were used in the last minute. */
  readonly used: readonly string[];
}

/** The state of tokens now. */
export async function checkTokens(q: Queryable, { ids, used }: CheckTokensInput): Promise<KnownTokenRow[]> {
  await touchTokens(q, used);
  return getTokens(q, ids);
}
