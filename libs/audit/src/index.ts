export { audit, checks, type Violation } from './audit.js';
export type { Check, Invariant } from './check.js';
