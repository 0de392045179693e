import type { GraphNode } from '@taskflow/domain';
import type { End } from './node-end.js';

/** Whether a task whose dependencies have all come to these ends is to run: the triggers as docs/workflows.md tells them. */
export function mayRun(trigger: GraphNode['trigger'], ends: readonly (End | undefined)[]): boolean {
  if (ends.length === 0) return true;
  const every = (...wanted: End[]): boolean => ends.every((end) => end !== undefined && wanted.includes(end));
  switch (trigger) {
    case 'all_success':
      return every('success');
    case 'all_failed':
      return every('failure');
    case 'all_skipped':
      return every('skip');
    case 'all_done':
    case 'always':
      return true;
    case 'one_success':
      return ends.includes('success');
    case 'one_failed':
      return ends.includes('failure');
    case 'one_done':
      return ends.includes('success') || ends.includes('failure');
    case 'none_failed':
      return !ends.includes('failure');
    case 'none_failed_min_one_success':
      return !ends.includes('failure') && ends.includes('success');
    case 'none_skipped':
      return !ends.includes('skip');
  }
}
