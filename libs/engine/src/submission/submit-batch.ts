import { fieldViolation, InvalidInput, VersionConflict } from '@taskflow/domain';
import { answerRequest, claimRequest, findAnswer, type Queryable } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { insertPrepared, type Inserted } from './insert-prepared.js';
import { prepareSubmissions, type Prepared } from './prepare-submissions.js';
import { readAnswer, storeAnswer } from './stored-answer.js';
import { submitAtOnce } from './submit-at-once.js';
import { submitTrace } from './submit-trace.js';
import type { SubmissionInput, SubmissionResult } from './submission.js';

/** Most submissions in one call. */
const MAX_BATCH = 10_000;
const MAX_REQUEST_ID_LENGTH = 200;

export interface SubmitBatchInput {
  /** 1 to 10,000. */
  readonly submissions: readonly SubmissionInput[];
  /** Repeating a call with the same id within a day gives the first call's answer and makes nothing. */
  readonly requestId?: string | undefined;
}

/**
 * Makes task instances and workflow instances in one transaction. A submission that is refused says so in its own place and
 * does not stop the others; the results are in the order of the submissions.
 *
 * Of several submissions in one batch with the same unique key one makes an instance and the others get its id.
 *
 * @throws InvalidInput for the batch as a whole; AlreadyExists (REQUEST_ID_REUSED)
 */
export async function submitBatch(ctx: Ctx, input: SubmitBatchInput): Promise<SubmissionResult[]> {
  checkBatch(input);
  const { submissions } = input;
  const requestId = input.requestId === '' ? undefined : input.requestId;
  const trace = submitTrace(ctx.tracer, submissions.length);
  const facts = { ...trace, submittedBy: ctx.actor };
  const atOnce = await submitAtOnce(ctx, { submissions, requestId, facts });
  if (atOnce !== undefined) return atOnce;
  const { items, newLanes } = await prepareSubmissions(ctx.db, submissions, facts);
  if (newLanes) ctx.wake.scheduleChanged();

  if (requestId !== undefined) {
    const answer = await findAnswer(ctx.db, requestId);
    if (answer !== undefined) return readAnswer(answer, requestId, submissions);
  }
  // What is refused altogether is not an answer worth keeping: mended, it may be sent with the same id.
  if (items.every((item) => 'error' in item)) return items.map((item) => item as SubmissionResult);
  const inserted = await (isOneStatement(items, requestId)
    ? insertPrepared(ctx.db, items, ctx.actor)
    : ctx.db.tx((q) => insertOnce(q, items, { submissions, requestId, actor: ctx.actor })));
  wake(ctx, inserted);
  return [...inserted.results];
}

interface RequestFacts {
  readonly submissions: readonly SubmissionInput[];
  readonly requestId: string | undefined;
  readonly actor: string;
}

async function insertOnce(q: Queryable, items: readonly Prepared[], request: RequestFacts): Promise<Inserted> {
  const { requestId, submissions, actor } = request;
  if (requestId === undefined) return insertPrepared(q, items, actor);
  if (!(await claimRequest(q, requestId))) {
    const answer = await findAnswer(q, requestId);
    if (answer === undefined)
      throw new VersionConflict(`The answer to request "${requestId}" ran out; repeat the call.`);
    return { results: readAnswer(answer, requestId, submissions), laneIds: [], delayed: false, workflows: false };
  }
  const inserted = await insertPrepared(q, items, actor);
  await answerRequest(q, requestId, storeAnswer(submissions, inserted.results));
  return inserted;
}

/** Whether the batch is written by a single statement, which needs no transaction around it. */
function isOneStatement(items: readonly Prepared[], requestId: string | undefined): boolean {
  if (requestId !== undefined) return false;
  const kinds = new Set<string>();
  for (const item of items) {
    if ('error' in item) continue;
    if (item.unique !== undefined || (item.kind === 'task' && item.row.limitKeys !== undefined)) return false;
    kinds.add(item.kind);
  }
  return kinds.size === 1;
}

function checkBatch({ submissions, requestId = '' }: SubmitBatchInput): void {
  if (submissions.length < 1 || submissions.length > MAX_BATCH) {
    const wanted = `1 to ${MAX_BATCH} of them; send more as several batches or as a stream`;
    throw InvalidInput.of('the batch', [fieldViolation('submissions', `${submissions.length}`, wanted)]);
  }
  if (requestId.length > MAX_REQUEST_ID_LENGTH || requestId.includes('\0') || !requestId.isWellFormed()) {
    const wanted = `at most ${MAX_REQUEST_ID_LENGTH} characters, none of them NUL`;
    throw InvalidInput.of('the batch', [fieldViolation('request_id', requestId, wanted)]);
  }
}

function wake(ctx: Ctx, { laneIds, delayed, workflows }: Inserted): void {
  if (laneIds.length > 0) ctx.wake.ready(laneIds);
  if (delayed) ctx.wake.delayed();
  if (workflows) ctx.wake.workflowChanged();
}
