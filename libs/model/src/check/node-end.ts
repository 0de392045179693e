import type { RecordRow } from '../memory/rows.js';

/** What an ended task is for those behind it. */
export type End = 'success' | 'failure' | 'skip' | 'open';

/** A task that did not run because of a failure is one itself. */
export function endOf({ status, reason, finished_at }: RecordRow): End {
  if (finished_at === null) return 'open';
  if (status === 'success') return 'success';
  if (status !== 'skipped') return 'failure';
  return reason === 'upstream_skipped' || reason === 'trigger_unmet' ? 'skip' : 'failure';
}
