import type { TaskInstance } from '@taskflow/proto/taskflow/v1/instances.js';
import type { Column } from './print.js';
import { statusText } from './status.js';
import { moment, oneLine, took } from './text.js';

export const TASK_INSTANCE_COLUMNS: readonly Column<TaskInstance>[] = [
  ['id', ({ id }) => id],
  ['task', ({ task }) => task],
  ['status', ({ status }) => statusText(status)],
  ['attempt', ({ attempt }) => String(attempt)],
  ['created', ({ createdAt }) => moment(createdAt)],
  ['took', ({ startedAt, finishedAt }) => took(startedAt, finishedAt)],
  ['run', ({ workflowInstanceId }) => workflowInstanceId || '-'],
  ['why', (instance) => why(instance)],
];

/** Why it waits, is tried again, or ended as it did, in a few words. */
export function why({ status, waitingFor, reason, message }: TaskInstance): string {
  const told = oneLine([reason, message].filter((part) => part !== '').join(': '), 80);
  if (status === 'retry' && told !== '') return told;
  // What is kept of an attempt that failed says nothing about the one that runs.
  return waitingFor !== '' || status === 'running' ? waitingFor : told;
}

export function taskInstanceFields(instance: TaskInstance): [string, string][] {
  return [
    ['id', instance.id],
    ['task', instance.task],
    ['status', statusText(instance.status)],
    ['waiting for', instance.waitingFor],
    ['reason', instance.reason],
    ['message', oneLine(instance.message, 2000)],
    ['exit code', instance.exitCode === undefined ? '' : String(instance.exitCode)],
    ['attempt', String(instance.attempt)],
    ['run', instance.workflowInstanceId],
    ['key', instance.nodeKey],
    ['priority', instance.priority],
    ['queue', instance.queue],
    ['destination', instance.pushDestination],
    ['job', [instance.externalName, instance.externalId].filter((part) => part !== '').join(' ')],
    ['link', oneLine(instance.link, 2000)],
    ['worker', instance.worker],
    ['unique key', instance.uniqueKey],
    ['params', instance.paramsJson === '{}' ? '' : oneLine(instance.paramsJson, 2000)],
    ['output', oneLine(instance.outputJson, 2000)],
    ['scheduled for', moment(instance.scheduledFor)],
    ['not before', moment(instance.runAt)],
    ['created', moment(instance.createdAt)],
    ['started', moment(instance.startedAt)],
    ['finished', moment(instance.finishedAt)],
    ['took', took(instance.startedAt, instance.finishedAt)],
    ['cancel asked', moment(instance.cancelRequestedAt)],
    ['sla missed', moment(instance.slaMissedAt)],
    ['trace', instance.traceParent.split('-')[1] ?? ''],
  ];
}
