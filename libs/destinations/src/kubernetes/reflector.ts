import { setTimeout } from 'node:timers/promises';
import type { Clock } from '@taskflow/domain';
import type { Logger } from '@taskflow/runtime';
import type { Cluster } from './cluster.js';
import { KubeError, messageOf } from './kube-error.js';

interface RawObject {
  readonly metadata: { readonly resourceVersion: string };
}

interface RawList<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

interface RawEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly reason?: string; readonly message?: string };
}

export interface ReflectorOptions<Raw extends RawObject, Kept> {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the collection: `/apis/batch/v1/namespaces/jobs/jobs`. */
  readonly path: string;
  readonly labelSelector: string;
  /** Under which an object is kept. */
  readonly keyOf: (object: Raw) => string;
  /** What is kept of an object: thousands of them are held. */
  readonly keep: (object: Raw) => Kept;
  /** Milliseconds without a word after which a watch counts as dead. */
  readonly silenceMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** The objects of one collection, as a watch keeps them. */
export interface Reflector<Kept> {
  get(key: string): Kept | undefined;
  values(): Iterable<Kept>;
  /** Does not wait for the watch to tell of a deletion. */
  forget(key: string): void;
  /** Resolves once everything was listed; never while the server does not answer. */
  synced(): Promise<void>;
  /** Why the server has not been heard of for a while; undefined when all is well. */
  fault(): string | undefined;
  /** Does not wait out a pause after a failure. */
  retry(): void;
}

const PAGE = '500';
const WATCH_SECONDS = 240;
const WATCH_SPREAD_SECONDS = 120;
/** Bookmarks come about once a minute: a connection that brings nothing for longer is dead, whatever it looks like. */
const SILENCE_MS = 90_000;
const LEAST_PAUSE_MS = 800;
const LONGEST_PAUSE_MS = 30_000;
/** A net below the watch: what it should have missed is found so often. */
const LIST_AGAIN_MS = 10 * 60_000;
/** A server that starts anew is back within that. */
const FAULT_MS = 3000;

/**
 * Lists a collection and watches it from there on. A version that the server has forgotten leads to a new list, never to the
 * version "0", whose answer may be older than what was seen; what a new list lacks is gone.
 */
export function startReflector<Raw extends RawObject, Kept>(options: ReflectorOptions<Raw, Kept>): Reflector<Kept> {
  const { cluster, clock, logger, path, labelSelector, keyOf, keep, silenceMs = SILENCE_MS, signal } = options;
  const held = new Map<string, Kept>();
  const first = Promise.withResolvers<void>();
  let heardAt = clock.monotonicMs();
  let version: string | undefined;
  let listedAt = 0;
  let failures = 0;
  let failing: { readonly since: number; readonly message: string } | undefined;
  let pause = new AbortController();
  const heard = (): void => {
    heardAt = clock.monotonicMs();
    failures = 0;
    failing = undefined;
  };

  const list = async (): Promise<string> => {
    const seen = new Map<string, Kept>();
    let next: string | undefined;
    let listed: string;
    do {
      const query = { labelSelector, limit: PAGE, continue: next };
      const page: RawList<Raw> = await cluster.json({ method: 'GET', path, query, signal });
      for (const item of page.items) seen.set(keyOf(item), keep(item));
      listed = page.metadata.resourceVersion;
      next = page.metadata.continue === '' ? undefined : page.metadata.continue;
    } while (next !== undefined);
    for (const key of held.keys()) if (!seen.has(key)) held.delete(key);
    for (const [key, object] of seen) held.set(key, object);
    listedAt = clock.monotonicMs();
    first.resolve();
    return listed;
  };

  /** Follows what changes after this version, and keeps how far it has come. */
  const watch = async (from: string): Promise<void> => {
    const silence = new AbortController();
    const watchdog = setInterval(() => {
      if (clock.monotonicMs() - heardAt > silenceMs) silence.abort(new Error('the watch fell silent'));
    }, silenceMs / 6);
    watchdog.unref();
    const timeoutSeconds = String(WATCH_SECONDS + Math.floor(Math.random() * WATCH_SPREAD_SECONDS));
    const query = { labelSelector, watch: 'true', allowWatchBookmarks: 'true', resourceVersion: from, timeoutSeconds };
    heardAt = clock.monotonicMs();
    try {
      const lines = cluster.lines({ method: 'GET', path, query, signal: AbortSignal.any([signal, silence.signal]) });
      for await (const line of lines) {
        heard();
        if (line === '') continue;
        const { type, object } = JSON.parse(line) as RawEvent<Raw>;
        if (type === 'ERROR') {
          const { code = 0, reason = '', message = '' } = object;
          throw new KubeError({ code, reason, message });
        }
        version = object.metadata.resourceVersion;
        if (type === 'DELETED') held.delete(keyOf(object));
        else if (type !== 'BOOKMARK') held.set(keyOf(object), keep(object));
      }
    } finally {
      clearInterval(watchdog);
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        if (version === undefined || clock.monotonicMs() - listedAt > LIST_AGAIN_MS) version = await list();
        await watch(version);
      } catch (error) {
        if (signal.aborted) return;
        const isExpired = error instanceof KubeError && error.status.code === 410;
        // A stream that breaks is taken up where it broke; what the server itself says against it leads to a new list.
        if (error instanceof KubeError) version = undefined;
        failing = { since: failing?.since ?? clock.monotonicMs(), message: messageOf(error) };
        failures += 1;
        if (isExpired && failures === 1) continue;
        const longest = Math.min(LEAST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
        logger.warn({ path, reason: failing.message }, 'a watch broke off');
        pause = new AbortController();
        const until = AbortSignal.any([signal, pause.signal]);
        await setTimeout(longest * (0.5 + Math.random() / 2), undefined, { signal: until }).catch(() => undefined);
      }
    }
  };
  void run();

  return {
    get: (key) => held.get(key),
    values: () => held.values(),
    forget: (key) => void held.delete(key),
    synced: () => first.promise,
    fault: () => {
      const isLong = failing !== undefined && clock.monotonicMs() - failing.since > FAULT_MS;
      return isLong ? `${path}: ${failing?.message ?? ''}` : undefined;
    },
    retry: () => pause.abort(),
  };
}
