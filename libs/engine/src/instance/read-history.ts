import { fieldViolation, InvalidInput, parseId } from '@taskflow/domain';
import {
  getTaskInstances,
  getWorkflowInstanceRow,
  listAttemptRows,
  listEventRows,
  listLogRows,
  type AttemptRow,
  type EventRow,
  type LogRow,
} from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readPageSize, readPageToken, writePageToken, type Page, type PageInput } from '../page.js';
import { readPage } from '../read-page.js';
import { noTaskInstance, noWorkflowInstance } from './not-found.js';

interface ById {
  readonly id: string;
}

const MOST_EVENTS = 100_000;

/** Every attempt in order, the running one included. @throws NotFound */
export async function listAttempts(ctx: Ctx, input: ById): Promise<AttemptRow[]> {
  const id = parseId(input.id, 'id');
  const rows = await listAttemptRows(ctx.db, id);
  if (rows.length === 0) await mustExist(ctx, id);
  return rows;
}

/** The instance's history in order. @throws NotFound */
export async function listEvents(ctx: Ctx, input: ById): Promise<EventRow[]> {
  const id = parseId(input.id, 'id');
  const rows = await listEventRows(ctx.db, { kind: 'task', id, limit: MOST_EVENTS });
  if (rows.length === 0) throw noTaskInstance(id);
  return rows;
}

/** The history of a workflow instance and of its tasks in order. @throws NotFound */
export async function listWorkflowEvents(ctx: Ctx, input: ById): Promise<EventRow[]> {
  const id = parseId(input.id, 'id');
  const rows = await listEventRows(ctx.db, { kind: 'workflow', id, limit: MOST_EVENTS });
  if (rows.length === 0 && (await getWorkflowInstanceRow(ctx.db, id)) === undefined) throw noWorkflowInstance(id);
  return rows;
}

export interface ListLogsRequest extends PageInput, ById {
  /** Only this attempt; all when absent or 0. */
  readonly attempt?: number | undefined;
}

const LIST = 'logs';
const FIRST = ['0', '0'] as const;

/** Log lines in order; 1 to 10,000 on a page, fewer where they are long, 1000 by default. @throws NotFound, InvalidInput */
export async function listLogs(ctx: Ctx, input: ListLogsRequest): Promise<Page<LogRow>> {
  const id = parseId(input.id, 'id');
  const size = readPageSize(input.pageSize, { most: 10_000, usual: 1000 });
  const attempt = readAttempt(input.attempt);
  const [afterAttempt = '', afterSeq = ''] = readPageToken(LIST, input.pageToken) ?? FIRST;
  if (!/^\d{1,9}$/.test(afterAttempt) || !/^\d{1,18}$/.test(afterSeq)) {
    throw InvalidInput.of('the request', [
      fieldViolation('page_token', input.pageToken, 'next_page_token of this list'),
    ]);
  }
  const page = await readPage<LogRow>(LIST, size, {
    step: 1001,
    read: (limit, last) => {
      const after = last ? ([last.attempt, last.seq] as const) : ([Number(afterAttempt), afterSeq] as const);
      return listLogRows(ctx.db, { id, attempt, after, limit });
    },
    bytesOf: ({ line }) => Buffer.byteLength(line),
    keyOf: (row) => [String(row.attempt), row.seq],
  });
  if (page.items.length === 0) await mustExist(ctx, id);
  return page;
}

/** The page token with which `listLogs` goes on after this line, also when no line has come since. */
export function logPosition(line: LogRow): string {
  return writePageToken(LIST, [String(line.attempt), line.seq]);
}

function readAttempt(attempt: number | undefined): number | undefined {
  if (attempt === undefined || attempt === 0) return undefined;
  if (Number.isInteger(attempt) && attempt > 0 && attempt <= 2_147_483_647) return attempt;
  throw InvalidInput.of('the request', [fieldViolation('attempt', attempt, 'the number of an attempt, from 1')]);
}

async function mustExist(ctx: Ctx, id: string): Promise<void> {
  if ((await getTaskInstances(ctx.db, [id])).length === 0) throw noTaskInstance(id);
}
