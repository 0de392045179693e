import { setTimeout as pause } from 'node:timers/promises';
import { QuotaExceeded, type Clock } from '@taskflow/domain';

/** Slows down who guesses: a token that is known is never held up, whatever else comes from its address. */
export interface Patience {
  /**
   * Resolves when an unknown token of this peer may be looked up: at once, or a second later after many wrong ones.
   *
   * @throws QuotaExceeded when too many of the peer wait already
   */
  turn(peer: string): Promise<void>;
  /** It was a right one: it does not count. */
  right(peer: string): void;
  stop(): void;
}

interface Peer {
  /** Tokens that were looked up, less the right ones and one for each second since. */
  level: number;
  at: number;
  waiting: number;
}

/** Wrong tokens of a peer before it is slowed down. */
const FREE = 10;
const DELAY_MS = 1000;
const MOST_WAITING = 50;
const MOST_LEVEL = 60;
const MOST_PEERS = 10_000;

export function createPatience(clock: Clock): Patience {
  const peers = new Map<string, Peer>();
  const stopping = new AbortController();

  const levelOf = ({ level, at }: Peer): number => Math.max(0, level - (clock.monotonicMs() - at) / 1000);
  const makeRoom = (): void => {
    for (const [name, peer] of peers) if (peer.waiting === 0 && levelOf(peer) === 0) peers.delete(name);
    for (const [name, peer] of peers) {
      if (peers.size < MOST_PEERS) return;
      if (peer.waiting === 0) peers.delete(name);
    }
  };

  const add = (peer: Peer, count: number): void => {
    peer.level = Math.min(Math.max(0, levelOf(peer) + count), MOST_LEVEL);
    peer.at = clock.monotonicMs();
  };
  const peerOf = (name: string): Peer => {
    const known = peers.get(name);
    if (known !== undefined) return known;
    if (peers.size >= MOST_PEERS) makeRoom();
    const peer: Peer = { level: 0, at: clock.monotonicMs(), waiting: 0 };
    peers.set(name, peer);
    return peer;
  };

  return {
    async turn(name) {
      const peer = peerOf(name);
      if (levelOf(peer) < FREE) return add(peer, 1);
      if (peer.waiting >= MOST_WAITING) {
        throw new QuotaExceeded(
          `Too many calls from ${name} came with tokens that are not valid; a new token of there is looked at in a second.`,
          { reason: 'TOO_MANY_TOKENS', retryAfterMs: DELAY_MS },
        );
      }
      peer.waiting += 1;
      await pause(DELAY_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      peer.waiting -= 1;
      add(peer, 1);
    },
    right(name) {
      const peer = peers.get(name);
      if (peer !== undefined) add(peer, -1);
    },
    stop: () => stopping.abort(),
  };
}
