import type { Clock, Role } from '@taskflow/domain';
import type { Admission } from '@taskflow/rpc/server';
import { tokenEnded } from './token-error.js';

export interface FoundToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly state: 'valid' | 'revoked' | 'expired';
  /** Milliseconds until it expires; undefined for one that does not. */
  readonly expiresInMs: number | undefined;
}

export interface TokenCacheOptions {
  readonly clock: Clock;
  /** The state of tokens now; `used` are those of them that were in use since the last time that they were named. */
  readonly check: (tokens: {
    readonly ids: readonly string[];
    readonly used: readonly string[];
  }) => Promise<readonly FoundToken[]>;
  readonly onError: (error: unknown) => void;
}

/** Tokens that were valid a moment ago. */
export interface TokenCache {
  get(key: string): Admission | undefined;
  add(key: string, token: FoundToken): Admission;
  /** Asks about all of them, and ends what follows one that is over. */
  recheck(): Promise<void>;
  stop(): Promise<void>;
}

interface Entry {
  readonly id: string;
  readonly admission: Admission;
  readonly followers: Set<(error: Error) => void>;
  /** Once it is over. */
  ended?: Error;
  /** In the milliseconds of the monotonic clock, like the rest. */
  checkedAt: number;
  usedAt: number;
  /** When its use was noted. */
  notedAt: number;
  expiresAt: number;
}

/** How soon the end of a token is noticed. */
const RECHECK_MS = 2000;
/** Where checking fails for this long, calls look the token up again. */
const STALE_MS = 10_000;
/** Forgotten when nobody uses it for so long. */
const IDLE_MS = 60_000;
/** How often its use is noted. */
const NOTE_MS = 60_000;
const MOST_TOKENS = 10_000;

export function createTokenCache({ clock, check, onError }: TokenCacheOptions): TokenCache {
  const entries = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;
  let checking: Promise<void> | undefined;
  let stopped = false;

  const schedule = (): void => {
    if (stopped || timer !== undefined || entries.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      void recheck().finally(schedule);
    }, RECHECK_MS);
    timer.unref();
  };
  const makeRoom = (): void => {
    for (const [key, { usedAt, followers }] of entries) {
      // What is followed must be checked, or its streams would outlive it.
      if (followers.size > 0) continue;
      if (clock.monotonicMs() - usedAt > IDLE_MS || entries.size > MOST_TOKENS) entries.delete(key);
    }
  };
  const checkAll = async (): Promise<void> => {
    makeRoom();
    if (entries.size === 0) return;
    const asked = [...entries];
    const askedAt = clock.monotonicMs();
    try {
      const inUse = asked.filter(([, { usedAt, notedAt }]) => usedAt > notedAt && askedAt - notedAt > NOTE_MS);
      const idsOf = (some: typeof asked): string[] => some.map(([, { id }]) => id);
      const states = await check({ ids: idsOf(asked), used: idsOf(inUse) });
      const found = new Map(states.map((token) => [token.id, token]));
      for (const [, entry] of inUse) entry.notedAt = askedAt;
      for (const [key, entry] of asked) {
        const token = found.get(entry.id);
        if (token?.state === 'valid') {
          entry.checkedAt = askedAt;
          entry.expiresAt = expiryOf(token, askedAt);
          continue;
        }
        entries.delete(key);
        entry.ended = tokenEnded(token ?? { name: entry.admission.caller.name, state: 'revoked' });
        for (const follower of entry.followers) follower(entry.ended);
      }
    } catch (error) {
      onError(error);
    }
  };
  // A check that began before a revocation may not have seen it: the next one follows it.
  const recheck = async (): Promise<void> => {
    await checking;
    checking ??= checkAll().finally(() => (checking = undefined));
    return checking;
  };

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      const now = clock.monotonicMs();
      if (now - entry.checkedAt > STALE_MS || now >= entry.expiresAt) return undefined;
      entry.usedAt = now;
      return entry.admission;
    },
    add(key, token) {
      const now = clock.monotonicMs();
      const known = entries.get(key);
      if (known !== undefined) {
        Object.assign(known, { checkedAt: now, usedAt: now, expiresAt: expiryOf(token, now) });
        return known.admission;
      }
      const followers: Entry['followers'] = new Set();
      const entry: Entry = {
        id: token.id,
        admission: {
          caller: { name: token.name, role: token.role, tokenId: token.id },
          follow(onEnd) {
            // It may have ended between the two.
            if (entry.ended !== undefined) onEnd(entry.ended);
            followers.add(onEnd);
            return () => followers.delete(onEnd);
          },
        },
        followers,
        checkedAt: now,
        usedAt: now,
        notedAt: Number.NEGATIVE_INFINITY,
        expiresAt: expiryOf(token, now),
      };
      entries.set(key, entry);
      schedule();
      return entry.admission;
    },
    recheck,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await checking;
    },
  };
}

function expiryOf({ expiresInMs }: FoundToken, now: number): number {
  return expiresInMs === undefined ? Infinity : now + expiresInMs;
}
