import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A way between two processes that can be disturbed. */
export interface Link {
  readonly name: string;
  /** On 127.0.0.1: where the caller connects to. */
  readonly port: number;
  /** Whatever is sent in either direction arrives this much later, until it is 0 again. */
  delay(ms: number): void;
  /** Breaks off every connection. */
  reset(): void;
  /** Of every connection nothing arrives any more, and neither end is told. New connections work. */
  halfOpen(): void;
  /** As halfOpen; and those that are made within `ms` are as silent, until they break off then. */
  silence(ms: number): void;
  /** Requests arrive and are acted upon; their answers are dropped, until the connections break off after `ms`. */
  mute(ms: number): void;
  close(): Promise<void>;
}

interface Pair {
  readonly caller: Socket;
  readonly callee: Socket;
  dead: boolean;
  muted: boolean;
}

/** How long a half-open connection keeps the end that has not noticed. */
const FORGOTTEN_MS = 60_000;

/** @param target asked for each connection: the port on 127.0.0.1 that it goes to */
export async function openLink(name: string, target: () => number): Promise<Link> {
  const pairs = new Set<Pair>();
  let delayMs = 0;
  let silentUntil = 0;

  const carry = (pair: Pair, from: Socket, to: Socket, isAnswer: boolean): void => {
    // One after the other, so that a shorter delay does not overtake a longer one.
    let last: Promise<unknown> = Promise.resolve();
    let waiting = 0;
    const pass = (act: () => void): void => {
      if (delayMs === 0 && waiting === 0) return act();
      waiting += 1;
      const held = pause(delayMs);
      last = last
        .then(() => held)
        .then(() => {
          waiting -= 1;
          act();
        });
    };
    from.on('data', (bytes: Buffer) => {
      if (pair.dead || (isAnswer && pair.muted)) return;
      pass(() => {
        if (!pair.dead && !to.destroyed && !to.write(bytes) && waiting === 0) from.pause();
      });
    });
    to.on('drain', () => from.resume());
    from.on('error', () => from.destroy());
    from.on('close', () => {
      if (pair.dead) return void setTimeout(() => to.destroy(), FORGOTTEN_MS).unref();
      pairs.delete(pair);
      pass(() => to.destroy());
    });
  };

  const server = createServer({ noDelay: true }, (caller) => {
    const callee = connect({ port: target(), host: '127.0.0.1', noDelay: true });
    const untilHeard = silentUntil - performance.now();
    const pair: Pair = { caller, callee, dead: untilHeard > 0, muted: false };
    if (pair.dead) setTimeout(() => breakOff([pair]), untilHeard).unref();
    pairs.add(pair);
    carry(pair, caller, callee, false);
    carry(pair, callee, caller, true);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();

  const breakOff = (broken: Iterable<Pair>): void => {
    for (const pair of broken) {
      pairs.delete(pair);
      pair.caller.resetAndDestroy();
      pair.callee.resetAndDestroy();
    }
  };
  const kill = (): void => {
    for (const pair of pairs) pair.dead = true;
  };

  return {
    name,
    port: typeof address === 'object' && address ? address.port : 0,
    delay(ms) {
      delayMs = ms;
    },
    reset: () => breakOff([...pairs].filter((pair) => !pair.dead)),
    halfOpen: kill,
    silence(ms) {
      silentUntil = performance.now() + ms;
      kill();
    },
    mute(ms) {
      const muted = [...pairs].filter((pair) => !pair.dead);
      for (const pair of muted) pair.muted = true;
      setTimeout(() => breakOff(muted), ms).unref();
    },
    close() {
      breakOff([...pairs]);
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
