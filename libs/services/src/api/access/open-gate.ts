import { isIP } from 'node:net';
import type { Clock, Role } from '@taskflow/domain';
import { checkTokens } from '@taskflow/engine';
import type { Refusal } from '@taskflow/rpc/server';
import { refusedCalls, type Logger, type RefusedFor } from '@taskflow/runtime';
import { findToken, type Db, type KnownTokenRow } from '@taskflow/store';
import type { ApiConfig } from '../config.js';
import { createGate, type Gate } from './gate.js';
import type { FoundToken } from './token-cache.js';

/** The gate as the configuration wants it; none where everybody may call. */
export function openGate(config: ApiConfig, db: Db, clock: Clock, logger: Logger): Gate | undefined {
  if (config.auth === 'off') {
    warnOfOpenDoors(config, logger);
    return undefined;
  }
  return createGate({
    clock,
    find: async (hash) => {
      const row = await findToken(db, hash);
      return row && known(row);
    },
    check: async (tokens) => (await checkTokens(db, tokens)).map(known),
    adminToken: config.adminToken,
    onRefused: tellRefusals(logger, clock),
    onError: (error) => logger.warn({ err: error }, 'tokens could not be checked'),
  });
}

function known({ id, name, role, state, expires_in_ms }: KnownTokenRow): FoundToken {
  return { id, name, role: role as Role, state, expiresInMs: expires_in_ms ?? undefined };
}

function warnOfOpenDoors({ host, adminToken }: ApiConfig, logger: Logger): void {
  if (!isLoopback(host)) {
    logger.warn(
      { host },
      'everybody who reaches this address may run commands on the workers: set TASKFLOW_AUTH=tokens, or let nobody else reach it',
    );
  }
  if (adminToken !== undefined) logger.warn('TASKFLOW_ADMIN_TOKEN has no effect while TASKFLOW_AUTH is off');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A line of the log for a refusal, one a second at most: who guesses must not fill the disk. */
const PAUSE_MS = 1000;

function tellRefusals(logger: Logger, clock: Clock): (refusal: Refusal) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let untold = 0;
  return ({ method, peer, reason, caller }) => {
    refusedCalls.add(reason as RefusedFor);
    const now = clock.monotonicMs();
    if (now - toldAt < PAUSE_MS) {
      untold += 1;
      return;
    }
    const who = caller === undefined ? {} : { token: caller.name, role: caller.role };
    logger.warn({ method, peer, reason, ...who, more_before: untold }, 'call refused');
    toldAt = now;
    untold = 0;
  };
}
