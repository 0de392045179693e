import type { AppliedDefinition } from '@taskflow/proto/taskflow/v1/definitions.js';
import type { Column } from './print.js';

export const APPLIED_COLUMNS: readonly Column<AppliedDefinition>[] = [
  ['kind', ({ kind }) => kind],
  ['name', ({ name }) => name],
  ['change', ({ change }) => change],
  ['version', ({ versionId }) => versionId || '-'],
  ['hash', ({ hash }) => hash.slice(0, 12)],
];
