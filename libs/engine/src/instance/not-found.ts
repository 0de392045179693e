import { NotFound } from '@taskflow/domain';

export function noTaskInstance(id: string): NotFound {
  return new NotFound(`There is no task instance ${id}. The list of task instances shows those that exist.`, {
    reason: 'TASK_INSTANCE_NOT_FOUND',
  });
}

export function noWorkflowInstance(id: string): NotFound {
  return new NotFound(`There is no workflow instance ${id}. The list of workflow instances shows those that exist.`, {
    reason: 'WORKFLOW_INSTANCE_NOT_FOUND',
  });
}
