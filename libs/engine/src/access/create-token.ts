import { AlreadyExists, InvalidInput, ROLES, fieldViolation, type FieldViolation } from '@taskflow/domain';
import { insertToken, type TokenRow } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { recordChanges } from './record-changes.js';
import { hashSecret, makeSecret } from './token-secret.js';

export interface CreateTokenInput {
  /** What it is for. */
  readonly name: string;
  /** viewer, operator, admin or worker. */
  readonly role: string;
  /** Milliseconds, 1 minute to 10 years; for ever when absent. */
  readonly ttlMs?: number | undefined;
}

export interface CreatedToken {
  readonly token: TokenRow;
  /** The token itself: stored nowhere. */
  readonly secret: string;
}

// It stands in histories, logs and terminals.
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._:@/-]{0,99}$/u;
// As these the history knows what acts by itself.
const TAKEN = /^(api|scheduler|TASKFLOW_ADMIN_TOKEN)$|^(worker|pusher|push|schedule|workflow):/;
const SHORTEST_MS = 60_000;
const LONGEST_MS = 3650 * 86_400_000;

/**
 * Makes a token.
 *
 * @throws InvalidInput with a violation for each bad field
 * @throws AlreadyExists when one of this name is there and not revoked
 */
export async function createToken(ctx: Ctx, input: CreateTokenInput): Promise<CreatedToken> {
  const { name, role, ttlMs } = input;
  checkToken(input);
  const secret = makeSecret();
  const hash = hashSecret(secret);
  const token = await ctx.db.tx(async (q) => {
    const row = await insertToken(q, { name, role, hash, ttlMs, createdBy: ctx.actor });
    if (row === undefined) return undefined;
    await recordChanges(ctx, q, [{ kind: 'token', target: row.id, detail: { name, role } }]);
    return row;
  });
  if (token !== undefined) return { token, secret };
  throw new AlreadyExists(
    `There is a token "${name}" already. Choose another name, or revoke that one first: taskflow auth token revoke`,
    { reason: 'TOKEN_EXISTS', metadata: { name } },
  );
}

function checkToken({ name, role, ttlMs }: CreateTokenInput): void {
  const violations: FieldViolation[] = [];
  if (!NAME.test(name)) {
    const wanted = '1 to 100 letters, digits, spaces and . _ : @ / - that begin with a letter or digit';
    violations.push(fieldViolation('name', name, wanted));
  }
  if (TAKEN.test(name))
    violations.push(fieldViolation('name', name, 'a name that no part of Taskflow has in the history'));
  if (!ROLES.some((known) => known === role)) violations.push(fieldViolation('role', role, ROLES.join(', ')));
  if (ttlMs !== undefined && (ttlMs < SHORTEST_MS || ttlMs > LONGEST_MS)) {
    violations.push(fieldViolation('ttl', `${ttlMs / 1000}s`, '1 minute to 10 years, or nothing for ever'));
  }
  if (violations.length > 0) throw InvalidInput.of('the token', violations);
}
