export { audit, AuditTimeout, auditWithin, checks, type AuditOptions, type Violation } from './audit.js';
export type { Check, Invariant } from './check.js';
export type { ExternalJob, ExternalJobs } from './external-jobs.js';
