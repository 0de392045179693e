import { PermissionDenied, Unauthenticated } from './access.js';
import { QuotaExceeded, Unavailable } from './availability.js';
import { IllegalTransition, LeaseLost, VersionConflict } from './conflict.js';
import { AlreadyExists, NotFound } from './existence.js';
import { InvalidInput, fieldViolation } from './invalid-input.js';
import { TaskflowError, isTaskflowError } from './taskflow-error.js';

test.each([
  [new InvalidInput('m'), 'InvalidInput', 'INVALID_INPUT', false],
  [new NotFound('m'), 'NotFound', 'NOT_FOUND', false],
  [new AlreadyExists('m'), 'AlreadyExists', 'ALREADY_EXISTS', false],
  [new IllegalTransition('m'), 'IllegalTransition', 'ILLEGAL_TRANSITION', false],
  [new LeaseLost('m'), 'LeaseLost', 'LEASE_LOST', false],
  [new VersionConflict('m'), 'VersionConflict', 'VERSION_CONFLICT', true],
  [new QuotaExceeded('m', { retryAfterMs: 5 }), 'QuotaExceeded', 'QUOTA_EXCEEDED', true],
  [new Unauthenticated('m'), 'Unauthenticated', 'UNAUTHENTICATED', false],
  [new PermissionDenied('m'), 'PermissionDenied', 'PERMISSION_DENIED', false],
  [new Unavailable('m', { reason: 'NOT_LEADER' }), 'Unavailable', 'NOT_LEADER', true],
])('%s says its kind, its reason and whether to try again', (error, kind, reason, retryable) => {
  expect(error).toBeInstanceOf(TaskflowError);
  expect(error).toMatchObject({ name: kind, kind, reason, retryable, message: 'm', metadata: {} });
});

test('the cause and the facts are kept', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new Unavailable('m', { reason: 'DATABASE_DOWN', metadata: { host: 'db' }, cause });
  expect(error).toMatchObject({ cause, metadata: { host: 'db' } });
});

test('an error of another copy of the module is recognised, an ordinary one is not', () => {
  const foreign = Object.assign(new Error('m'), { [Symbol.for('taskflow.error')]: true });
  expect(isTaskflowError(foreign)).toBe(true);
  expect(isTaskflowError(new Error('m'))).toBe(false);
  expect(isTaskflowError({ reason: 'NOT_FOUND' })).toBe(false);
});

test('invalid input names the first faults in its message and keeps all of them', () => {
  const violations = ['a', 'b', 'c', 'd', 'e'].map((field) => fieldViolation(field, undefined, 'a value'));
  const error = InvalidInput.of('task "load"', violations);
  expect(error.message).toBe(
    'task "load" cannot be accepted: a: is missing, wanted a value; b: is missing, wanted a value; c: is missing, wanted a value; and 2 more',
  );
  expect(error.violations).toHaveLength(5);
});

test.each([
  ['x', '"x"'],
  ['x'.repeat(200), `"${'x'.repeat(80)}"… (200 characters)`],
  [[1, 2], 'a list of 2'],
  [{ a: 1 }, 'an object'],
  [null, 'null'],
  [-1, '-1'],
])('a violation shows %j in a line', (got, shown) => {
  expect(fieldViolation('f', got, 'y')).toEqual({
    field: 'f',
    got: shown,
    wanted: 'y',
    description: `f: got ${shown}, wanted y`,
  });
});
