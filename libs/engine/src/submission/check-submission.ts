import {
  fieldViolation,
  InvalidInput,
  MAX_PARAMS_BYTES,
  PRIORITIES,
  type FieldViolation,
  type Priority,
} from '@taskflow/domain';
import type { SubmissionInput, UniqueInput } from './submission.js';

const MAX_KEY_LENGTH = 500;
const LONGEST_TTL_MS = 3650 * 86_400_000;
const SCOPES = ['active', 'ttl'] as const;
const CONFLICTS = ['return_existing', 'reject', 'replace_queued'] as const;
const QUEUE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

export interface CheckedUnique {
  readonly key: string;
  /** Absent for scope `active`. */
  readonly ttlMs: number | undefined;
  readonly onConflict: (typeof CONFLICTS)[number];
}

export interface CheckedSubmission {
  readonly params: unknown;
  readonly priority: Priority | undefined;
  readonly unique: CheckedUnique | undefined;
}

/** What can be said of a submission without its definition. @throws InvalidInput with a violation per field */
export function checkSubmission(submission: SubmissionInput): CheckedSubmission {
  const violations: FieldViolation[] = [];
  const params = readParams(submission.paramsJson, violations);
  const priority = PRIORITIES.find((known) => known === submission.priority);
  if (submission.priority && priority === undefined) {
    violations.push(fieldViolation('priority', submission.priority, `one of ${PRIORITIES.join(', ')}`));
  }
  const { kind } = submission;
  if ((kind === 'task' ? submission.task : submission.workflow) === '') {
    violations.push(
      fieldViolation(kind, undefined, `the name of a registered ${kind === 'task' ? 'Task' : 'Workflow'}`),
    );
  }
  checkDate('run_at', submission.runAt, violations);
  if (submission.kind === 'task') {
    checkDate('expires_at', submission.expiresAt, violations);
    checkOrder(submission.runAt, submission.expiresAt, violations);
    if (submission.queue && !QUEUE.test(submission.queue)) {
      violations.push(fieldViolation('queue', submission.queue, '1 to 200 letters, digits, ".", "_" or "-"'));
    }
  }
  const unique = submission.unique && readUnique(submission.unique, violations);
  if (violations.length > 0) throw InvalidInput.of('the submission', violations);
  return { params, priority, unique };
}

function readParams(text: string | undefined, violations: FieldViolation[]): unknown {
  if (text === undefined || text === '') return undefined;
  // UTF-8 takes at most three bytes for a unit of text; beyond, it is not worth reading.
  if (text.length > MAX_PARAMS_BYTES * 3) {
    const wanted = `at most ${MAX_PARAMS_BYTES / 1024} KiB of JSON`;
    violations.push(fieldViolation('params', `${text.length} characters`, wanted));
    return undefined;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The parser's own words name the place.
    violations.push(
      fieldViolation('params', text, `a JSON object (${error instanceof Error ? error.message : 'unreadable'})`),
    );
    return undefined;
  }
}

// Postgres reaches from 4713 BC to 294276; four digits of a year are what everything else can read.
const EARLIEST = Date.UTC(1970, 0);
const LATEST = Date.UTC(10_000, 0) - 1;

function checkDate(field: string, value: Date | undefined, violations: FieldViolation[]): void {
  if (value === undefined) return;
  const time = value.getTime();
  if (time >= EARLIEST && time <= LATEST) return;
  violations.push(
    fieldViolation(field, Number.isNaN(time) ? 'no date' : value.toISOString(), 'a moment from 1970 to 9999'),
  );
}

function checkOrder(runAt: Date | undefined, expiresAt: Date | undefined, violations: FieldViolation[]): void {
  if (runAt === undefined || expiresAt === undefined || !(expiresAt <= runAt)) return;
  violations.push(
    fieldViolation('expires_at', expiresAt.toISOString(), `a moment after run_at, ${runAt.toISOString()}`),
  );
}

function readUnique(given: UniqueInput, violations: FieldViolation[]): CheckedUnique {
  const { key, ttlMs } = given;
  if (key.length < 1 || key.length > MAX_KEY_LENGTH || !key.isWellFormed() || key.includes('\0')) {
    violations.push(fieldViolation('unique.key', key, `1 to ${MAX_KEY_LENGTH} characters, none of them NUL`));
  }
  const scope = SCOPES.find((known) => known === (given.scope || 'active'));
  if (scope === undefined) violations.push(fieldViolation('unique.scope', given.scope, `one of ${SCOPES.join(', ')}`));
  if (scope === 'ttl' && !(ttlMs !== undefined && ttlMs > 0 && ttlMs <= LONGEST_TTL_MS)) {
    violations.push(fieldViolation('unique.ttl', ttlMs, 'a duration longer than 0 and at most 3650 days'));
  }
  if (scope === 'active' && ttlMs !== undefined) {
    violations.push(fieldViolation('unique.ttl', `${ttlMs} ms`, 'none, or unique.scope "ttl" beside it'));
  }
  const onConflict = CONFLICTS.find((known) => known === (given.onConflict || 'return_existing'));
  if (onConflict === undefined) {
    violations.push(fieldViolation('unique.on_conflict', given.onConflict, `one of ${CONFLICTS.join(', ')}`));
  }
  return {
    key,
    ttlMs: scope === 'ttl' && ttlMs !== undefined ? Math.ceil(ttlMs) : undefined,
    onConflict: onConflict ?? 'return_existing',
  };
}
