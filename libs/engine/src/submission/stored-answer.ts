import { createHash } from 'node:crypto';
import { AlreadyExists, InvalidInput, NotFound, type FieldViolation, type TaskflowError } from '@taskflow/domain';
import type { SubmissionInput, SubmissionResult } from './submission.js';

interface StoredAnswer {
  /** Of what was submitted, so that an id used for something else is noticed. */
  readonly digest: string;
  readonly items: readonly (string | StoredRefusal)[];
}

interface StoredRefusal {
  readonly kind: string;
  readonly message: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
}

/** The text under which the answer to a request is kept. */
export function storeAnswer(submissions: readonly SubmissionInput[], results: readonly SubmissionResult[]): string {
  const items = results.map((result) => ('error' in result ? storeRefusal(result.error) : result.id));
  return JSON.stringify({ digest: digestOf(submissions), items } satisfies StoredAnswer);
}

/** The answer of the first call, in which nothing is `created` any more. @throws AlreadyExists (REQUEST_ID_REUSED) */
export function readAnswer(
  text: string,
  requestId: string,
  submissions: readonly SubmissionInput[],
): SubmissionResult[] {
  const answer = JSON.parse(text) as StoredAnswer;
  if (answer.digest !== digestOf(submissions)) {
    throw new AlreadyExists(
      `The request id "${requestId}" was used within the last day for other submissions. Choose a new one for each call, ` +
        'and repeat it only with the same content.',
      { reason: 'REQUEST_ID_REUSED' },
    );
  }
  return answer.items.map((item) =>
    typeof item === 'string' ? { id: item, created: false } : { error: readRefusal(item) },
  );
}

/** Tells whether a request id is used again for the same content. */
export function digestOf(submissions: readonly SubmissionInput[]): string {
  return createHash('sha256').update(submissions.map(contentOf).join('')).digest('base64');
}

/** Each text with its length before it, so that no two contents look alike; several times as fast as JSON. */
function contentOf(submission: SubmissionInput): string {
  const { kind, paramsJson = '', priority = '', runAt, unique } = submission;
  const [name, queue, expiresAt] =
    kind === 'task'
      ? [submission.task, submission.queue ?? '', submission.expiresAt]
      : [submission.workflow, '', undefined];
  const rest = runAt || expiresAt || unique ? JSON.stringify([runAt, expiresAt, unique]) : '';
  return [kind, name, paramsJson, priority, queue, rest].map((text) => `${text.length}:${text}`).join('');
}

function storeRefusal(error: TaskflowError): StoredRefusal {
  const { kind, message, reason, metadata } = error;
  return { kind, message, reason, metadata, violations: error instanceof InvalidInput ? error.violations : [] };
}

function readRefusal({ kind, message, reason, metadata, violations }: StoredRefusal): TaskflowError {
  if (kind === 'NotFound') return new NotFound(message, { reason, metadata });
  if (kind === 'AlreadyExists') return new AlreadyExists(message, { reason, metadata });
  return new InvalidInput(message, violations, { reason, metadata });
}
