import type { Ctx } from '../context.js';
import { tracePushed, type EndedJob } from '../push/trace-pushed.js';

/** What ended attempts changed, gathered over statements. */
export interface Ends {
  /** Instances that ended. */
  readonly ids: Set<string>;
  /** Lanes in which instances became ready. */
  readonly lanes: Set<number>;
  /** Limits in which places became free, or that instances wait for now. */
  readonly limitKeys: Set<string>;
  /** Jobs at push destinations, by id. */
  readonly jobs: Map<string, EndedJob>;
  ofWorkflow: boolean;
  delayed: boolean;
}

export function noEnds(): Ends {
  return { ids: new Set(), lanes: new Set(), limitKeys: new Set(), jobs: new Map(), ofWorkflow: false, delayed: false };
}

interface EndRow {
  readonly id: string;
  readonly of_workflow: boolean;
  readonly limit_keys: readonly string[] | null;
  readonly next_status?: string;
  readonly lane_id?: number;
  readonly delay_ms?: string;
}

export function noteEnd(ends: Ends, row: EndRow): void {
  for (const key of row.limit_keys ?? []) ends.limitKeys.add(key);
  if (row.next_status !== 'retry') {
    ends.ids.add(row.id);
    ends.ofWorkflow ||= row.of_workflow;
  } else if (row.delay_ms !== '0') ends.delayed = true;
  else if (row.lane_id !== undefined && row.limit_keys === null) ends.lanes.add(row.lane_id);
}

/** Hints for those who wait for what was written, and the spans of what ended elsewhere; after the commit. */
export function announceEnds(ctx: Ctx, ends: Ends): void {
  if (ends.lanes.size > 0) ctx.wake.ready([...ends.lanes]);
  if (ends.ofWorkflow) ctx.wake.workflowChanged();
  if (ends.delayed) ctx.wake.delayed();
  if (ends.ids.size > 0) ctx.wake.ended([...ends.ids]);
  tracePushed(ctx, ends.jobs.values());
}
