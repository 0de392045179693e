import type { InstanceEvent } from '@taskflow/proto/taskflow/v1/instances.js';
import type { Column } from './print.js';
import { oneLine } from './text.js';

export const EVENT_COLUMNS: readonly Column<InstanceEvent>[] = [
  ['at', ({ at }) => at?.toISOString().replace('T', ' ') ?? '-'],
  ['event', ({ type }) => type],
  ['task', ({ taskInstanceId }) => taskInstanceId || '-'],
  ['attempt', ({ attempt }) => (attempt === 0 ? '-' : String(attempt))],
  ['by', ({ actor }) => actor || '-'],
  ['reason', ({ reason }) => oneLine(reason, 80)],
];
