import { Unauthenticated } from '@taskflow/domain';

/** Longer than any token; what is longer is not looked at. */
const LONGEST_TOKEN = 512;
const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/**
 * The token of an `authorization` header or metadata entry. What was sent is never repeated in an error.
 *
 * @throws Unauthenticated
 */
export function readBearer(authorization: readonly string[]): string {
  const [value = '', ...others] = authorization;
  if (value === '') {
    throw new Unauthenticated(
      'This api takes calls with a token alone, and there was none. Set TASKFLOW_TOKEN, or send the header ' +
        '"authorization: Bearer TOKEN"; an admin makes tokens with `taskflow auth token create`.',
      { reason: 'TOKEN_MISSING' },
    );
  }
  const token = value.length > LONGEST_TOKEN + 16 ? undefined : BEARER.exec(value)?.[1];
  if (others.length > 0 || token === undefined || token.length > LONGEST_TOKEN) {
    throw new Unauthenticated(
      `The authorization of this call cannot be read: wanted one header "authorization: Bearer TOKEN" with a token of at most ${LONGEST_TOKEN} characters without spaces.`,
      { reason: 'BAD_AUTHORIZATION' },
    );
  }
  return token;
}
