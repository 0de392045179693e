import { isTaskTerminal, type TaskState } from '@taskflow/domain';
import { getTaskInstance, listLogs, logPosition, type Ctx } from '@taskflow/engine';
import type { TailTaskLogsRequest, TailTaskLogsResponse } from '@taskflow/proto/taskflow/v1/instances.js';
import type { ApiContext } from '../context.js';
import { writeLogLine } from '../message/instance.js';

const PAGE_SIZE = 1000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 1000;

/** Log lines as they come, until the instance has ended and its last line is out. @throws NotFound */
export async function* tailLogs(
  { waiters }: ApiContext,
  ctx: Ctx,
  { id, pageToken }: TailTaskLogsRequest,
): AsyncIterable<TailTaskLogsResponse> {
  let token = pageToken;
  let pause = FIRST_PAUSE_MS;
  while (!ctx.signal.aborted) {
    // The end is looked at before the lines: those of an ended instance are all there.
    const { status } = await getTaskInstance(ctx, { id });
    const page = await listLogs(ctx, { id, pageToken: token, pageSize: PAGE_SIZE });
    const last = page.items.at(-1);
    if (last !== undefined) {
      yield { lines: page.items.map(writeLogLine) };
      token = logPosition(last);
    }
    if (page.nextPageToken !== '') continue;
    if (isTaskTerminal(status as TaskState)) return;
    pause = last !== undefined ? FIRST_PAUSE_MS : Math.min(pause * 1.5, LONGEST_PAUSE_MS);
    await waiters.wait('task', id, pause, ctx.signal);
  }
}
