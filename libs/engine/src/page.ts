import { fieldViolation, InvalidInput } from '@taskflow/domain';

export interface PageInput {
  /** 1 to 1000; absent or 0: 100. */
  readonly pageSize?: number | undefined;
  /** `nextPageToken` of the page before; empty or absent: the first page. */
  readonly pageToken?: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

export interface PageBounds {
  readonly most: number;
  readonly usual: number;
}

const BOUNDS: PageBounds = { most: 1000, usual: 100 };

/** @throws InvalidInput naming `page_size` */
export function readPageSize(size: number | undefined, { most, usual }: PageBounds = BOUNDS): number {
  if (size === undefined || size === 0) return usual;
  if (Number.isInteger(size) && size > 0 && size <= most) return size;
  throw InvalidInput.of('the request', [fieldViolation('page_size', size, `1 to ${most}, or 0 for ${usual}`)]);
}

/** Where a page begins: the sort key of the last item before it. */
export type PageKey = readonly string[];

/** Opaque to callers; says which list it belongs to, so that a token of another list is refused. */
export function writePageToken(list: string, key: PageKey): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

/** @throws InvalidInput naming `page_token` unless this list wrote it */
export function readPageToken(list: string, token: string | undefined): PageKey | undefined {
  if (token === undefined || token === '') return undefined;
  const parts = parse(token);
  if (Array.isArray(parts) && parts[0] === list && parts.every((part) => typeof part === 'string')) {
    return parts.slice(1);
  }
  throw InvalidInput.of('the request', [
    fieldViolation('page_token', token, 'next_page_token of the same list, or nothing for the first page'),
  ]);
}

/** Cuts a page out of rows of which one more was asked for than it holds. */
export function toPage<Item>(
  list: string,
  rows: readonly Item[],
  size: number,
  keyOf: (row: Item) => PageKey,
): Page<Item> {
  const items = rows.slice(0, size);
  const last = items.at(-1);
  return { items, nextPageToken: rows.length > size && last !== undefined ? writePageToken(list, keyOf(last)) : '' };
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    // Not a token at all: refused like one of another list.
    return undefined;
  }
}
