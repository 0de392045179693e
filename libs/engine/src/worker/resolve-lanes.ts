import { lanesOfSessions } from '@taskflow/store';
import type { Ctx } from '../context.js';

export interface SessionLanes {
  readonly sessionId: string;
  /** Ascending. */
  readonly laneIds: readonly number[];
}

/** The lanes that each session can serve now; they change when definitions appear. */
export async function resolveLanes(
  ctx: Ctx,
  input: { readonly sessionIds: readonly string[] },
): Promise<SessionLanes[]> {
  const rows = await lanesOfSessions(ctx.db, input.sessionIds);
  return rows.map((row) => ({ sessionId: row.session_id, laneIds: row.lane_ids }));
}
