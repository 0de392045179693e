import { describeCron, InvalidInput, fieldViolation, nextSlot, parseId, parseSchedule, type ScheduleSpec } from '@taskflow/domain';
import { databaseTime, getScheduleRow, listScheduleRows, listSlotRows } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readSpec } from './plan-schedule.js';
import { scheduleOf, type Schedule } from './schedule.js';
import { noSchedule } from './set-schedule-paused.js';

export interface PageInput {
  /** 1 to 1000; 100 when 0 or absent. */
  readonly pageSize?: number | undefined;
  /** From the page before; the first page when empty or absent. */
  readonly pageToken?: string | undefined;
}

/** A page of the schedules in use, oldest first. */
export async function listSchedules(
  ctx: Ctx,
  input: PageInput & { readonly target?: string | undefined },
): Promise<{ schedules: Schedule[]; nextPageToken: string }> {
  const limit = pageSizeOf(input.pageSize, 100, 'page_size');
  const after = input.pageToken ? parseId(input.pageToken, 'page_token') : '0';
  const target = input.target === '' ? undefined : input.target;
  const rows = await listScheduleRows(ctx.db, { after, target, limit });
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { schedules: rows.map(scheduleOf), nextPageToken: last?.id ?? '' };
}

/** @throws NotFound */
export async function getSchedule(ctx: Ctx, input: { readonly id: string }): Promise<Schedule> {
  const id = parseId(input.id, 'id');
  const row = await getScheduleRow(ctx.db, id);
  if (!row) throw noSchedule(id);
  return scheduleOf(row);
}

export interface PreviewInput {
  /** A stored schedule, or */
  readonly id?: string | undefined;
  /** an expression: a cron as text, or an object. */
  readonly spec?: unknown;
  /** 1 to 1000; 10 when 0 or absent. */
  readonly count?: number | undefined;
  /** Now when absent. */
  readonly after?: Date | undefined;
}

/** The next slots of a schedule; fewer than asked for when it ends. Touches nothing. */
export async function previewSchedule(
  ctx: Ctx,
  input: PreviewInput,
): Promise<{ slots: Date[]; description: string; timezone: string }> {
  const count = pageSizeOf(input.count, 10, 'count');
  const spec = await specOf(ctx, input);
  const slots: Date[] = [];
  let at = input.after ?? (await databaseTime(ctx.db));
  while (slots.length < count) {
    const slot = nextSlot(spec, at);
    if (slot === undefined) break;
    slots.push(slot);
    at = slot;
  }
  return { slots, description: describeCron(spec), timezone: spec.timezone };
}

async function specOf(ctx: Ctx, { id, spec }: PreviewInput): Promise<ScheduleSpec> {
  if (spec !== undefined) return parseSchedule(spec, 'spec');
  if (id === undefined || id === '') {
    throw InvalidInput.of('the preview', [fieldViolation('id', id, 'the id of a schedule, or an expression in `spec`')]);
  }
  const row = await getScheduleRow(ctx.db, parseId(id, 'id'));
  if (!row) throw noSchedule(id);
  return readSpec(row.spec);
}

export interface ScheduleSlot {
  readonly slot: Date;
  readonly outcome: string;
  readonly reason: string;
  readonly taskInstanceId: string | undefined;
  readonly workflowInstanceId: string | undefined;
  readonly decidedAt: Date;
}

/**
 * What became of a schedule's slots, newest first.
 *
 * @throws NotFound
 */
export async function listScheduleSlots(
  ctx: Ctx,
  input: PageInput & { readonly id: string },
): Promise<{ slots: ScheduleSlot[]; nextPageToken: string }> {
  const limit = pageSizeOf(input.pageSize, 100, 'page_size');
  const { id } = await getSchedule(ctx, input);
  const rows = await listSlotRows(ctx.db, { scheduleId: id, before: momentOf(input.pageToken), limit });
  const last = rows.length === limit ? rows.at(-1) : undefined;
  const slots = rows.map((row) => ({
    slot: row.slot,
    outcome: row.outcome,
    reason: row.reason,
    taskInstanceId: row.task_instance_id ?? undefined,
    workflowInstanceId: row.workflow_instance_id ?? undefined,
    decidedAt: row.decided_at,
  }));
  return { slots, nextPageToken: last?.slot.toISOString() ?? '' };
}

function momentOf(token: string | undefined): Date | undefined {
  if (token === undefined || token === '') return undefined;
  const moment = new Date(token);
  if (!Number.isNaN(moment.getTime())) return moment;
  throw InvalidInput.of('the page', [fieldViolation('page_token', token, 'the token of the page before')]);
}

function pageSizeOf(given: number | undefined, fallback: number, field: string): number {
  const size = given === undefined || given === 0 ? fallback : given;
  if (Number.isInteger(size) && size >= 1 && size <= 1000) return size;
  throw InvalidInput.of('the request', [fieldViolation(field, given, 'a number from 1 to 1000')]);
}
