import { isTaskflowError, Unavailable } from '@taskflow/domain';
import type { CompletionAck, CompletionInput } from '@taskflow/engine';
import { fencedWrites } from '@taskflow/runtime';
import type { LeaseRef } from '@taskflow/store';
import { leaseKey } from './lease-key.js';
import { createLockedRoom } from './locked-room.js';

export interface CompletionRecorderOptions {
  /** Records completions of any sessions in one go; an ack for each. */
  readonly complete: (completions: readonly CompletionInput[]) => Promise<readonly CompletionAck[]>;
  /** Which of these cannot be recorded now, after `complete` failed with ROWS_LOCKED. */
  readonly locked: (refs: readonly LeaseRef[]) => Promise<readonly LeaseRef[]>;
  /** Some wait until another transaction lets go of their rows. */
  readonly onLocked: (refs: readonly LeaseRef[]) => void;
  /** The database is away; it is tried again. */
  readonly onRetry: (error: unknown) => void;
  /** One completion that cannot be recorded as it is. */
  readonly onBroken: (error: unknown, completion: CompletionInput) => void;
}

export interface CompletionRecorder {
  /** Resolves when it is committed, in the order given. Rejects only when the recorder stops before. */
  record(completions: readonly CompletionInput[]): Promise<CompletionAck[]>;
  /** Resolves when nothing is pending. */
  settled(): Promise<void>;
  /** Gives up what is not recorded within `graceMs`; workers send it again elsewhere. */
  stop(graceMs: number): Promise<void>;
}

interface Entry {
  /** Of those that did not have to wait for locked rows. */
  acks?: ReadonlyMap<string, CompletionAck>;
  readonly completions: readonly CompletionInput[];
  readonly resolve: (acks: CompletionAck[]) => void;
  readonly reject: (error: unknown) => void;
}

const MOST_PER_TICK = 4000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

/**
 * Gathers the completions of every session while one statement runs, and records them by the next one. Those whose rows somebody
 * else holds locked are set aside, so that the others do not wait for them.
 */
export function createCompletionRecorder(options: CompletionRecorderOptions): CompletionRecorder {
  let pending: Entry[] = [];
  let running: Promise<void> | undefined;
  const giveUp = new AbortController();
  const room = createLockedRoom<Entry>({
    locked: (entries) => options.locked(entries.flatMap(open).map(({ ref }) => ref)),
    waits: (entry, locked) => open(entry).some(({ ref }) => locked.has(leaseKey(ref))),
    onError: options.onRetry,
    onFree: (entries) => {
      pending.push(...entries);
      running ??= run();
    },
  });

  const run = async (): Promise<void> => {
    // Everything that this turn of the event loop has read belongs to one tick.
    await new Promise((resolve) => setImmediate(resolve));
    while (pending.length > 0) {
      const tick = takeTick();
      try {
        const acks = await recordAll(unique(tick));
        for (const entry of tick) settle(entry, acks);
      } catch (error) {
        for (const entry of tick) entry.reject(error);
      }
    }
    running = undefined;
  };

  const settle = (entry: Entry, acks: ReadonlyMap<string, CompletionAck>): void => {
    const all = entry.completions.flatMap(({ ref }) => acks.get(leaseKey(ref)) ?? entry.acks?.get(leaseKey(ref)) ?? []);
    if (all.length === entry.completions.length) return entry.resolve(all);
    entry.acks = new Map(all.map((ack) => [leaseKey(ack.ref), ack]));
    room.enter(entry);
  };

  const takeTick = (): Entry[] => {
    let size = 0;
    const end = pending.findIndex((entry, index) => {
      size += entry.completions.length;
      return index > 0 && size > MOST_PER_TICK;
    });
    const tick = end < 0 ? pending : pending.slice(0, end);
    pending = end < 0 ? [] : pending.slice(end);
    return tick;
  };

  // What is absent from the answer waits for locked rows.
  const recordAll = async (completions: readonly CompletionInput[]): Promise<Map<string, CompletionAck>> => {
    if (completions.length === 0) return new Map();
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        const acks = await options.complete(completions);
        fencedWrites.add('completion', acks.filter((ack) => ack.result === 'fenced').length);
        return new Map(acks.map((ack) => [leaseKey(ack.ref), ack]));
      } catch (error) {
        if (!isTaskflowError(error) || !error.retryable) return recordApart(completions, error);
        const free = error.reason === 'ROWS_LOCKED' ? await withoutLocked(completions) : completions;
        if (free.length < completions.length) return recordAll(free);
        options.onRetry(error);
        await rest(pause, giveUp.signal, error);
      }
    }
  };

  const withoutLocked = async (completions: readonly CompletionInput[]): Promise<readonly CompletionInput[]> => {
    try {
      const locked = await options.locked(completions.map(({ ref }) => ref));
      if (locked.length === 0) return completions;
      options.onLocked(locked);
      const keys = new Set(locked.map(leaseKey));
      return completions.filter(({ ref }) => !keys.has(leaseKey(ref)));
    } catch (error) {
      options.onRetry(error);
      return completions;
    }
  };

  // One bad completion must not hold up those of everybody: halves find it, and its attempt ends as failed instead.
  const recordApart = async (
    completions: readonly CompletionInput[],
    error: unknown,
  ): Promise<Map<string, CompletionAck>> => {
    const [only] = completions;
    if (only !== undefined && completions.length === 1) {
      options.onBroken(error, only);
      if (only.reason === UNRECORDABLE) throw error;
      const acks = await recordAll([replacement(only)]);
      const refused = [...acks].map(([key, ack]): [string, CompletionAck] => [key, asRefused(ack)]);
      return new Map(refused);
    }
    const middle = Math.ceil(completions.length / 2);
    const first = await recordAll(completions.slice(0, middle));
    const second = await recordAll(completions.slice(middle));
    return new Map([...first, ...second]);
  };

  return {
    record(completions) {
      if (completions.length === 0) return Promise.resolve([]);
      return new Promise((resolve, reject) => {
        pending.push({ completions, resolve, reject });
        running ??= run();
      });
    },
    settled: async () => running,
    async stop(graceMs) {
      const overdue = setTimeout(() => giveUp.abort(), graceMs);
      await running;
      clearTimeout(overdue);
      const reason = new Unavailable('The api stops, and another transaction holds the rows of the result locked.', {
        reason: 'ROWS_LOCKED',
      });
      for (const entry of await room.close()) entry.reject(reason);
    },
  };
}

const UNRECORDABLE = 'RESULT_NOT_RECORDED';
const REFUSAL =
  'The result could not be recorded; the cause is in the log of the api. The attempt was ended as failed.';

function replacement({ ref }: CompletionInput): CompletionInput {
  return { ref, outcome: 'failed', reason: UNRECORDABLE, message: REFUSAL };
}

function asRefused(ack: CompletionAck): CompletionAck {
  return ack.result === 'accepted' ? { ref: ack.ref, result: 'refused', message: REFUSAL } : ack;
}

function unique(tick: readonly Entry[]): CompletionInput[] {
  const byLease = new Map<string, CompletionInput>();
  for (const completion of tick.flatMap(open)) {
    const key = leaseKey(completion.ref);
    if (!byLease.has(key)) byLease.set(key, completion);
  }
  return [...byLease.values()];
}

/** Those that are not answered yet. */
function open({ completions, acks }: Entry): readonly CompletionInput[] {
  return acks === undefined ? completions : completions.filter(({ ref }) => !acks.has(leaseKey(ref)));
}

function rest(ms: number, signal: AbortSignal, reason: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      clearTimeout(timer);
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', fail);
      resolve();
    }, ms);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
