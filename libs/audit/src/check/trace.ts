import type { Check } from '../check.js';

/** W3C Trace Context, version 00; neither id may be all zeros (tested apart: looking ahead takes ten times as long). */
const IS_CONTEXT = `trace_parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'
         and substr(trace_parent, 4, 32) <> repeat('0', 32) and substr(trace_parent, 37, 16) <> repeat('0', 16)`;
const traceOf = (context: string): string => `split_part(${context}, '-', 2)`;

export const trace: readonly Check[] = [
  {
    invariant: 'I10',
    name: 'instance-has-its-trace',
    holds: 'every instance carries the trace context of its submission',
    means:
      'Its attempts are in no trace, or each in one of its own. Who submitted it (`submitted_by`) did so past the engine.',
    sql: `
      select 'task' as kind, id, task_name as name, submitted_by, trace_parent from task_records
       where (${IS_CONTEXT}) is not true
      union all
      select 'workflow', id, workflow_name, submitted_by, trace_parent from workflow_instances
       where (${IS_CONTEXT}) is not true`,
  },
  {
    invariant: 'I10',
    name: 'task-is-in-the-trace-of-its-run',
    holds: 'every task of a workflow instance is in the trace of that instance',
    means: 'The trace of the run ends where this task begins.',
    sql: `
      select r.workflow_instance_id, r.id, r.node_key, r.trace_parent, w.trace_parent as trace_parent_of_run
        from task_records r join workflow_instances w on w.id = r.workflow_instance_id
       where ${traceOf('r.trace_parent')} is distinct from ${traceOf('w.trace_parent')}`,
  },
  {
    invariant: 'I10',
    name: 'run-is-in-the-trace-of-its-parent',
    holds: 'a workflow instance that a task started is in the trace of that task',
    means: 'The trace ends where this run begins.',
    sql: `
      select w.id as workflow_instance_id, w.parent_task_instance_id, w.trace_parent, r.trace_parent as trace_parent_of_parent
        from workflow_instances w join task_records r on r.id = w.parent_task_instance_id
       where ${traceOf('w.trace_parent')} is distinct from ${traceOf('r.trace_parent')}`,
  },
  {
    invariant: 'I10',
    name: 'attempt-is-in-the-trace-of-its-instance',
    holds: 'every attempt that had a context of its own had one in the trace of its instance, as its worker told',
    means: 'The trace breaks at this attempt: its worker did not take up the context that its lease carried.',
    sql: `
      select r.id, r.task_name, a.attempt, a.worker, a.trace_parent as trace_parent_of_attempt, r.trace_parent
        from task_attempts a join task_records r on r.id = a.task_instance_id
       where a.trace_parent is not null and ${traceOf('a.trace_parent')} is distinct from ${traceOf('r.trace_parent')}`,
  },
  {
    invariant: 'I10',
    name: 'job-is-in-the-trace-of-its-instance',
    holds: 'every push job was handed the trace of its instance',
    means: 'What the job does outside is in another trace than its submission, or in none.',
    sql: `
      select j.task_instance_id as id, j.attempt, j.destination, j.external_name,
             j.spec -> 'env' ->> 'TRACEPARENT' as trace_parent_of_job, r.trace_parent
        from push_jobs j join task_records r on r.id = j.task_instance_id
       where j.spec ? 'env'
         and ${traceOf(`(j.spec -> 'env' ->> 'TRACEPARENT')`)} is distinct from ${traceOf('r.trace_parent')}`,
  },
];
