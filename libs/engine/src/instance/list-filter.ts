import { fieldViolation, InvalidInput, knownWords } from '@taskflow/domain';
import { findIdRange, type Period, type Queryable } from '@taskflow/store';
import { readPageToken } from '../page.js';

const FIRST_ID = '1';
const LAST_ID = '9223372036854775807';

/** The statuses asked for, each once; undefined for all. @throws InvalidInput naming the position of an unknown one */
export function readStatuses<Status extends string>(
  given: readonly string[] | undefined,
  known: readonly Status[],
): Status[] | undefined {
  if (given === undefined || given.length === 0) return undefined;
  const violations = given.flatMap((status, index) =>
    known.some((each) => each === status)
      ? []
      : [fieldViolation(`status[${index}]`, status, `a status; ${knownWords(status, known)}`)],
  );
  if (violations.length > 0) throw InvalidInput.of('the filter', violations);
  const distinct = new Set(known.filter((status) => given.includes(status)));
  return distinct.size === known.length ? undefined : [...distinct];
}

/** The ids among which a page lies: below the last one of the page before, and within the period. */
export async function readIdBounds(
  q: Queryable,
  kind: 'task' | 'workflow',
  list: string,
  input: Period & { readonly pageToken?: string | undefined },
): Promise<{ low: string; high: string }> {
  const [before] = readPageToken(list, input.pageToken) ?? [];
  if (before !== undefined && !/^\d{1,18}$/.test(before)) {
    throw InvalidInput.of('the request', [
      fieldViolation('page_token', input.pageToken, 'next_page_token of this list'),
    ]);
  }
  const range = await findIdRange(q, kind, input);
  const high =
    before !== undefined && (range.high === null || BigInt(before) < BigInt(range.high)) ? before : range.high;
  return { low: range.low ?? FIRST_ID, high: high ?? LAST_ID };
}

/** The value of a text filter; undefined when it is empty. */
export function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
