// Entry of @taskflow/domain/errors: clients need the classes, and none of the schemas that the whole domain loads.
export { Unauthenticated, PermissionDenied } from './error/access.js';
export { QuotaExceeded, Unavailable } from './error/availability.js';
export { IllegalTransition, LeaseLost, VersionConflict } from './error/conflict.js';
export { AlreadyExists, NotFound } from './error/existence.js';
export { InvalidInput, fieldViolation, type FieldViolation } from './error/invalid-input.js';
export { TaskflowError, isTaskflowError, type ErrorKind, type TaskflowErrorOptions } from './error/taskflow-error.js';
