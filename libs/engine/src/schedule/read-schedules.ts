import {
  describeCron,
  InvalidInput,
  fieldViolation,
  nextSlot,
  parseId,
  parseSchedule,
  type ScheduleSpec,
} from '@taskflow/domain';
import { databaseTime, getScheduleRow, listScheduleRows, listSlotRows } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { readPageSize, readPageToken, toPage, type Page, type PageInput } from '../page.js';
import { readSpec } from './plan-schedule.js';
import { scheduleOf, type Schedule } from './schedule.js';
import { noSchedule } from './set-schedule-paused.js';

/** A page of the schedules in use, oldest first. */
export async function listSchedules(
  ctx: Ctx,
  input: PageInput & { readonly target?: string | undefined },
): Promise<Page<Schedule>> {
  const size = readPageSize(input.pageSize);
  const [after = '0'] = readPageToken('schedules', input.pageToken) ?? [];
  const target = input.target === '' ? undefined : input.target;
  const rows = await listScheduleRows(ctx.db, {
    after: after === '0' ? after : parseId(after, 'page_token'),
    target,
    limit: size + 1,
  });
  const page = toPage('schedules', rows, size, (row) => [row.id]);
  return { ...page, items: page.items.map(scheduleOf) };
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
  const count = countOf(input.count);
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

function countOf(given: number | undefined): number {
  if (given === undefined || given === 0) return 10;
  if (Number.isInteger(given) && given >= 1 && given <= 1000) return given;
  throw InvalidInput.of('the request', [fieldViolation('count', given, '1 to 1000, or 0 for 10')]);
}

async function specOf(ctx: Ctx, { id, spec }: PreviewInput): Promise<ScheduleSpec> {
  if (spec !== undefined) return parseSchedule(spec, 'spec');
  if (id === undefined || id === '') {
    throw InvalidInput.of('the preview', [
      fieldViolation('id', id, 'the id of a schedule, or an expression in `spec`'),
    ]);
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
): Promise<Page<ScheduleSlot>> {
  const size = readPageSize(input.pageSize);
  const [before] = readPageToken('schedule_slots', input.pageToken) ?? [];
  const { id } = await getSchedule(ctx, input);
  const rows = await listSlotRows(ctx.db, { scheduleId: id, before: momentOf(before), limit: size + 1 });
  const page = toPage('schedule_slots', rows, size, (row) => [row.slot.toISOString()]);
  return {
    ...page,
    items: page.items.map((row) => ({
      slot: row.slot,
      outcome: row.outcome,
      reason: row.reason,
      taskInstanceId: row.task_instance_id ?? undefined,
      workflowInstanceId: row.workflow_instance_id ?? undefined,
      decidedAt: row.decided_at,
    })),
  };
}

function momentOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = new Date(text);
  if (!Number.isNaN(moment.getTime())) return moment;
  throw InvalidInput.of('the request', [fieldViolation('page_token', text, 'the token of the page before')]);
}
