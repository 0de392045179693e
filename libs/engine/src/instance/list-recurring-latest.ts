import { listRecurringRows, type RecurringRow } from '@taskflow/store';
import type { Ctx } from '../context.js';

/** Each Task and Workflow that has a schedule, with the newest instance that a schedule made of it. */
export function listRecurringLatest(ctx: Ctx): Promise<RecurringRow[]> {
  return listRecurringRows(ctx.db);
}
