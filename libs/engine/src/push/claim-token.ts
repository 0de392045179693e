import { createHmac, timingSafeEqual } from 'node:crypto';
import { Unauthenticated } from '@taskflow/domain';
import { claimKey, type Db } from '@taskflow/store';

const FORM = /^tfc_(?<job>\d{1,19})_(?<mark>[A-Za-z0-9_-]{43})$/;
const keys = new WeakMap<Db, Promise<string>>();

/** The key that signs the tokens of this deployment's jobs; read once. */
export function claimKeyOf(db: Db): Promise<string> {
  const known = keys.get(db);
  if (known !== undefined) return known;
  const reading = claimKey(db).catch((error: unknown) => {
    keys.delete(db);
    throw error;
  });
  keys.set(db, reading);
  return reading;
}

/**
 * The token by which the container of a job claims and reports it, and can do nothing else. It follows from the key and the job, so
 * it is stored nowhere and is the same in every submit of the job.
 */
export function makeClaimToken(key: string, jobId: string): string {
  return `tfc_${jobId}_${markOf(key, jobId).toString('base64url')}`;
}

/** The job whose token this is. @throws Unauthenticated CLAIM_TOKEN_UNKNOWN */
export function readClaimToken(key: string, token: string): string {
  const { job, mark } = FORM.exec(token)?.groups ?? {};
  if (job !== undefined && mark !== undefined) {
    const given = Buffer.from(mark, 'base64url');
    const wanted = markOf(key, job);
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return job;
  }
  throw new Unauthenticated(
    'This is not the token of a job of this deployment; the pusher gives it to the job as TASKFLOW_CLAIM_TOKEN.',
    { reason: 'CLAIM_TOKEN_UNKNOWN' },
  );
}

function markOf(key: string, jobId: string): Buffer {
  return createHmac('sha256', Buffer.from(key, 'hex')).update(`claim ${jobId}`).digest();
}
