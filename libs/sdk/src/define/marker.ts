/**
 * Marks of this package's objects. `Symbol.for` makes them equal across copies of the package, where `instanceof` is not:
 * a worker recognises tasks that a user's own installation of the SDK has made.
 */
export const TASK = Symbol.for('taskflow.task');
export const WORKFLOW = Symbol.for('taskflow.workflow');
export const FINAL = Symbol.for('taskflow.non_retryable');

export function isMarked(value: unknown, mark: symbol): value is object {
  return typeof value === 'object' && value !== null && mark in value;
}
