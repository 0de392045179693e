import { InvalidInput, fieldViolation } from '@taskflow/domain';
import { listAuditRows, type AuditRow } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readPageSize, readPageToken, type Page, type PageInput } from '../page.js';
import { readPage } from '../read-page.js';

export interface ListAuditEntriesInput extends PageInput {
  /** With `target`: only of this one. */
  readonly targetKind?: string | undefined;
  readonly target?: string | undefined;
}

/** What calls have changed, newest first. */
export async function listAuditEntries(ctx: Ctx, input: ListAuditEntriesInput): Promise<Page<AuditRow>> {
  const size = readPageSize(input.pageSize);
  const of = readTarget(input);
  const [first] = readPageToken('audit', input.pageToken) ?? [];
  return readPage<AuditRow>('audit', size, {
    step: 100,
    read: (limit, last) => listAuditRows(ctx.db, { before: last?.id ?? first, of, limit }),
    bytesOf: ({ detail }) => Buffer.byteLength(detail ?? ''),
    keyOf: ({ id }) => [id],
  });
}

function readTarget({ targetKind = '', target = '' }: ListAuditEntriesInput) {
  if (targetKind === '' && target === '') return undefined;
  if (targetKind !== '' && target !== '') return { kind: targetKind, target };
  const field = target === '' ? 'target' : 'target_kind';
  throw InvalidInput.of('the request', [fieldViolation(field, undefined, 'target_kind and target, or neither')]);
}
