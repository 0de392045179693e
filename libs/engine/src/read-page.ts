import { toPage, type Page, type PageKey } from './page.js';

/** What a page holds at most, in bytes of the text of its items; an item alone may be longer. */
export const PAGE_BYTES = 8 * 1024 * 1024;

export interface PageSource<Row> {
  /** Rows read at first; each step reads twice as many as the one before. */
  readonly step: number;
  /** The next rows after those that were read: fewer than `limit` only where there are no more. */
  readonly read: (limit: number, last: Row | undefined, count: number) => Promise<readonly Row[]>;
  /** Length of the texts of a row whose length its users decide. */
  readonly bytesOf: (row: Row) => number;
  readonly keyOf: (row: Row) => PageKey;
}

/** Reads a page step by step: it ends before `size` where its items are so large that it would not fit into a message. */
export async function readPage<Row>(list: string, size: number, source: PageSource<Row>): Promise<Page<Row>> {
  const rows: Row[] = [];
  let bytes = 0;
  for (let { step } = source; ; step *= 2) {
    const limit = Math.min(step, size + 1 - rows.length);
    const next = await source.read(limit, rows.at(-1), rows.length);
    for (const row of next) {
      rows.push(row);
      bytes += source.bytesOf(row);
      if (bytes > PAGE_BYTES && rows.length > 1)
        return toPage(list, rows, Math.min(size, rows.length - 1), source.keyOf);
    }
    if (next.length < limit || rows.length > size) return toPage(list, rows, size, source.keyOf);
  }
}
