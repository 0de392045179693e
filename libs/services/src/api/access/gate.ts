import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '@taskflow/domain';
import { canBeSecret, hashSecret } from '@taskflow/engine';
import type { Admission, Caller, Guard, Refusal } from '@taskflow/rpc/server';
import { createPatience } from './patience.js';
import { tokenEnded, tokenUnknown } from './token-error.js';
import { createTokenCache, type FoundToken, type TokenCache } from './token-cache.js';

export interface GateOptions {
  readonly clock: Clock;
  /** The token of the deployment itself, of the role admin. */
  readonly adminToken?: string | undefined;
  /** The token with this sha256, valid or not; undefined where there never was one. */
  readonly find: (hash: Buffer) => Promise<FoundToken | undefined>;
  /** The state of tokens now; `used` are those of them that were in use since the last time that they were named. */
  readonly check: (tokens: {
    readonly ids: readonly string[];
    readonly used: readonly string[];
  }) => Promise<readonly FoundToken[]>;
  readonly onRefused: (refusal: Refusal) => void;
  readonly onError: (error: unknown) => void;
}

/** Knows who calls by the tokens in the database; what it knows is checked again every few seconds, not at each call. */
export interface Gate extends Guard {
  /** Looks at every known token now: one was revoked. */
  recheck(): Promise<void>;
  stop(): Promise<void>;
}

const ADMIN: Caller = { name: 'TASKFLOW_ADMIN_TOKEN', role: 'admin' };
const ADMIN_ADMISSION: Admission = { caller: ADMIN, follow: () => () => undefined };

export function createGate(options: GateOptions): Gate {
  const adminHash = options.adminToken === undefined ? undefined : hashSecret(options.adminToken);
  const cache: TokenCache = createTokenCache(options);
  const patience = createPatience(options.clock);
  const lookups = new Map<string, Promise<Admission>>();

  const lookUp = async (token: string, hash: Buffer, key: string, peer: string): Promise<Admission> => {
    // What the api cannot have made is not looked up.
    if (!canBeSecret(token)) throw tokenUnknown();
    await patience.turn(peer);
    const found = await options.find(hash);
    if (found === undefined) throw tokenUnknown();
    if (found.state !== 'valid') throw tokenEnded(found);
    patience.right(peer);
    return cache.add(key, found);
  };

  return {
    identify(token, peer) {
      const hash = hashSecret(token);
      if (adminHash !== undefined && timingSafeEqual(hash, adminHash)) return ADMIN_ADMISSION;
      const key = hash.toString('latin1');
      const known = cache.get(key);
      if (known !== undefined) return known;
      const running = lookups.get(key);
      if (running !== undefined) return running;
      const lookup = lookUp(token, hash, key, peer).finally(() => lookups.delete(key));
      lookups.set(key, lookup);
      return lookup;
    },
    refused: options.onRefused,
    recheck: () => cache.recheck(),
    async stop() {
      patience.stop();
      await cache.stop();
    },
  };
}
