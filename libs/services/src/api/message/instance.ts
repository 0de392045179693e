import type * as wire from '@taskflow/proto/taskflow/v1/instances.js';
import type {
  AttemptRow,
  EventRow,
  LogRow,
  RecurringRow,
  TaskInstanceDetailRow,
  WorkflowInstanceDetailRow,
} from '@taskflow/store';

export function writeTaskInstance(row: TaskInstanceDetailRow): wire.TaskInstance {
  return {
    id: row.id,
    task: row.task_name,
    versionId: row.version_id,
    workflowInstanceId: row.workflow_instance_id ?? '',
    nodeKey: row.node_key ?? '',
    status: row.status,
    waitingFor: row.waiting_for ?? '',
    reason: row.reason ?? '',
    message: row.message ?? '',
    priority: row.priority,
    queue: row.queue,
    pushDestination: row.push_destination ?? '',
    attempt: row.attempt,
    exitCode: row.exit_code ?? undefined,
    paramsJson: row.params,
    outputJson: row.output ?? '',
    worker: row.worker ?? '',
    uniqueKey: row.unique_key ?? '',
    traceParent: row.trace_parent ?? '',
    runAt: row.run_at,
    scheduledFor: row.scheduled_for ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    cancelRequestedAt: row.cancel_requested_at ?? undefined,
    slaMissedAt: row.sla_missed_at ?? undefined,
    ...remoteOf(row),
  };
}

export function writeWorkflowInstance(row: WorkflowInstanceDetailRow): wire.WorkflowInstance {
  return {
    id: row.id,
    workflow: row.workflow_name,
    versionId: row.version_id,
    status: row.status,
    reason: row.reason ?? '',
    message: row.message ?? '',
    priority: row.priority,
    paramsJson: row.params,
    outputJson: row.output ?? '',
    uniqueKey: row.unique_key ?? '',
    traceParent: row.trace_parent ?? '',
    nodesTotal: row.nodes_total,
    nodesDone: row.nodes_done,
    runAt: row.run_at,
    scheduledFor: row.scheduled_for ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    cancelRequestedAt: row.cancel_requested_at ?? undefined,
    slaMissedAt: row.sla_missed_at ?? undefined,
  };
}

export function writeAttempt(row: AttemptRow): wire.TaskAttempt {
  return {
    attempt: row.attempt,
    worker: row.worker ?? '',
    startedAt: row.leased_at,
    endedAt: row.ended_at ?? undefined,
    outcome: row.outcome,
    reason: row.reason ?? '',
    message: row.message ?? '',
    exitCode: row.exit_code ?? undefined,
    ...remoteOf(row),
  };
}

function remoteOf(row: Pick<AttemptRow, 'external_name' | 'external_id' | 'link'>) {
  return { externalName: row.external_name ?? '', externalId: row.external_id ?? '', link: row.link ?? '' };
}

export function writeEvent(row: EventRow): wire.InstanceEvent {
  return {
    taskInstanceId: row.task_instance_id ?? '',
    workflowInstanceId: row.workflow_instance_id ?? '',
    type: row.type,
    at: row.at,
    actor: row.actor ?? '',
    reason: row.reason ?? '',
    attempt: row.attempt ?? 0,
    detailJson: row.detail ?? '',
  };
}

export function writeLogLine(row: LogRow): wire.LogLine {
  return { attempt: row.attempt, seq: BigInt(row.seq), stream: row.stream, at: row.at, line: row.line };
}

export function writeRecurring(row: RecurringRow): wire.RecurringLatest {
  return {
    kind: row.kind,
    name: row.name,
    instanceId: row.instance_id ?? '',
    status: row.status ?? '',
    scheduledFor: row.scheduled_for ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    nextAt: row.next_at ?? undefined,
  };
}
