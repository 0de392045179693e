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
  /** Milliseconds since the server was last heard of. */
  silentMs(): number;
}

const PAGE = '500';
const WATCH_SECONDS = 240;
const WATCH_SPREAD_SECONDS = 120;
/** Bookmarks come about once a minute: a connection that brings nothing for longer is dead, whatever it looks like. */
const SILENCE_MS = 90_000;
const LEAST_PAUSE_MS = 800;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Lists a collection and watches it from there on. A version that the server has forgotten leads to a new list, never to the
 * version "0", whose answer may be older than what was seen; what a new list lacks is gone.
 */
export function startReflector<Raw extends RawObject, Kept>(options: ReflectorOptions<Raw, Kept>): Reflector<Kept> {
  const { cluster, clock, logger, path, labelSelector, keyOf, keep, signal } = options;
  const held = new Map<string, Kept>();
  const first = Promise.withResolvers<void>();
  let heardAt = clock.monotonicMs();
  const heard = (): void => void (heardAt = clock.monotonicMs());

  const list = async (): Promise<string> => {
    const seen = new Map<string, Kept>();
    let next: string | undefined;
    let version: string;
    do {
      const query = { labelSelector, limit: PAGE, continue: next };
      const page: RawList<Raw> = await cluster.json({ method: 'GET', path, query, signal });
      heard();
      for (const item of page.items) seen.set(keyOf(item), keep(item));
      version = page.metadata.resourceVersion;
      next = page.metadata.continue === '' ? undefined : page.metadata.continue;
    } while (next !== undefined);
    for (const key of held.keys()) if (!seen.has(key)) held.delete(key);
    for (const [key, object] of seen) held.set(key, object);
    first.resolve();
    return version;
  };

  /** Gives the version to go on from. */
  const watch = async (from: string): Promise<string> => {
    let version = from;
    const silence = new AbortController();
    const watchdog = setInterval(() => {
      if (clock.monotonicMs() - heardAt > SILENCE_MS) silence.abort(new Error('the watch fell silent'));
    }, SILENCE_MS / 6);
    watchdog.unref();
    const timeoutSeconds = String(WATCH_SECONDS + Math.floor(Math.random() * WATCH_SPREAD_SECONDS));
    const query = { labelSelector, watch: 'true', allowWatchBookmarks: 'true', resourceVersion: from, timeoutSeconds };
    try {
      heard();
      const lines = cluster.lines({ method: 'GET', path, query, signal: AbortSignal.any([signal, silence.signal]) });
      for await (const line of lines) {
        if (line === '') continue;
        heard();
        const { type, object } = JSON.parse(line) as RawEvent<Raw>;
        if (type === 'ERROR') {
          const { code = 0, reason = '', message = '' } = object;
          throw new KubeError({ code, reason, message });
        }
        version = object.metadata.resourceVersion;
        if (type === 'DELETED') held.delete(keyOf(object));
        else if (type !== 'BOOKMARK') held.set(keyOf(object), keep(object));
      }
      return version;
    } finally {
      clearInterval(watchdog);
    }
  };

  const run = async (): Promise<void> => {
    let version: string | undefined;
    let failures = 0;
    while (!signal.aborted) {
      try {
        version ??= await list();
        version = await watch(version);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const isExpired = error instanceof KubeError && error.status.code === 410;
        // Where the stream broke is not known: the list tells.
        version = undefined;
        if (isExpired && failures === 0) continue;
        failures += 1;
        const longest = Math.min(LEAST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
        logger.warn({ path, reason: messageOf(error) }, 'a watch broke off');
        await setTimeout(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      }
    }
  };
  void run();

  return {
    get: (key) => held.get(key),
    values: () => held.values(),
    forget: (key) => void held.delete(key),
    synced: () => first.promise,
    silentMs: () => clock.monotonicMs() - heardAt,
  };
}
