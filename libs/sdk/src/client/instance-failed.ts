import type { TaskInstance, WorkflowInstance } from '@taskflow/proto/taskflow/v1/instances.js';

/** Thrown for the result of an instance that has ended in another way than success. */
export class InstanceFailed extends Error {
  readonly id: string;
  /** failed, cancelled, dequeued or skipped. */
  readonly status: string;
  /** UPPER_SNAKE, such as `USER_ERROR`. */
  readonly reason: string;
  readonly instance: TaskInstance | WorkflowInstance;

  constructor(what: string, instance: TaskInstance | WorkflowInstance) {
    const detail = [instance.reason, instance.message].filter((part) => part !== '').join(': ');
    super(`${what} ${instance.id} ended as ${instance.status}${detail === '' ? '' : ` (${detail})`}`);
    this.name = 'InstanceFailed';
    this.id = instance.id;
    this.status = instance.status;
    this.reason = instance.reason;
    this.instance = instance;
  }
}
