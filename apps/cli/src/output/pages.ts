export interface Page<T> {
  readonly rows: readonly T[];
  readonly nextPageToken: string;
}

const PAGE_SIZE = 1000;

/** Reads pages until `limit` rows are there. Says on stderr when there are more. */
export async function readPages<T>(
  limit: number,
  read: (page: { pageSize: number; pageToken: string }) => Promise<Page<T>>,
): Promise<T[]> {
  const rows: T[] = [];
  let pageToken = '';
  do {
    const page = await read({ pageSize: Math.min(limit - rows.length, PAGE_SIZE), pageToken });
    rows.push(...page.rows);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && rows.length < limit);
  if (pageToken !== '') console.error(`Only the first ${limit} are shown; --limit shows more.`);
  return rows;
}
