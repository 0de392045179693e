import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'tf_';
const FORM = /^tf_[A-Za-z0-9_-]{43}$/;

/** A new token: 256 bits at random behind a prefix by which scanners for leaked secrets find it. */
export function makeSecret(): string {
  return `${PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** Whether a text can be a token that was made here. */
export function canBeSecret(text: string): boolean {
  return FORM.test(text);
}

/** What is stored of it. So much randomness needs neither salt nor a slow hash. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
