import type { WorkflowInstance } from '@taskflow/proto/taskflow/v1/instances.js';
import type { Column } from './print.js';
import { statusText } from './status.js';
import { moment, oneLine, took } from './text.js';

export const RUN_COLUMNS: readonly Column<WorkflowInstance>[] = [
  ['id', ({ id }) => id],
  ['workflow', ({ workflow }) => workflow],
  ['status', ({ status }) => statusText(status)],
  ['tasks', ({ nodesDone, nodesTotal }) => `${nodesDone}/${nodesTotal}`],
  ['created', ({ createdAt }) => moment(createdAt)],
  ['took', ({ startedAt, finishedAt }) => took(startedAt, finishedAt)],
  ['slot', ({ scheduledFor }) => moment(scheduledFor)],
  ['why', ({ reason, message }) => oneLine([reason, message].filter((part) => part !== '').join(': '), 80)],
];

export function runFields(run: WorkflowInstance): [string, string][] {
  return [
    ['id', run.id],
    ['workflow', run.workflow],
    ['status', statusText(run.status)],
    ['reason', run.reason],
    ['message', oneLine(run.message, 2000)],
    ['tasks', `${run.nodesDone} of ${run.nodesTotal} ended`],
    ['priority', run.priority],
    ['unique key', run.uniqueKey],
    ['params', run.paramsJson === '{}' ? '' : oneLine(run.paramsJson, 2000)],
    ['output', oneLine(run.outputJson, 2000)],
    ['scheduled for', moment(run.scheduledFor)],
    ['created', moment(run.createdAt)],
    ['started', moment(run.startedAt)],
    ['finished', moment(run.finishedAt)],
    ['took', took(run.startedAt, run.finishedAt)],
    ['cancel asked', moment(run.cancelRequestedAt)],
    ['sla missed', moment(run.slaMissedAt)],
    ['trace', run.traceParent.split('-')[1] ?? ''],
  ];
}
