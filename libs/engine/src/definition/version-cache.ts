import type { TaskDefinition, WorkflowDefinition } from '@taskflow/domain';
import { getVersions, type Queryable } from '@taskflow/store';

type Definition = TaskDefinition | WorkflowDefinition;

interface Cached {
  readonly definition: Definition;
  /** Characters of its JSON. */
  readonly size: number;
}

/** Characters of JSON kept per database: some ten thousand ordinary Tasks, or sixty of the largest Workflows. */
const CAPACITY = 64 * 1024 * 1024;

class VersionCache {
  readonly #entries = new Map<string, Cached>();
  #size = 0;

  get(id: string): Definition | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return entry.definition;
  }

  add(id: string, entry: Cached): void {
    if (this.#entries.has(id)) return;
    this.#entries.set(id, entry);
    this.#size += entry.size;
    for (const [oldest, { size }] of this.#entries) {
      if (this.#size <= CAPACITY || oldest === id) break;
      this.#entries.delete(oldest);
      this.#size -= size;
    }
  }
}

const caches = new WeakMap<object, VersionCache>();

/** Task definitions by version id, each the same object as long as it is kept. An unknown version is absent. */
export function taskSpecs(q: Queryable, versionIds: Iterable<string>): Promise<Map<string, TaskDefinition>> {
  return specs<TaskDefinition>(q, versionIds);
}

/** Workflow definitions by version id, each the same object as long as it is kept. An unknown version is absent. */
export function workflowSpecs(q: Queryable, versionIds: Iterable<string>): Promise<Map<string, WorkflowDefinition>> {
  return specs<WorkflowDefinition>(q, versionIds);
}

async function specs<T extends Definition>(q: Queryable, versionIds: Iterable<string>): Promise<Map<string, T>> {
  const cache = cacheOf(q);
  const found = new Map<string, T>();
  const missing: string[] = [];
  for (const id of new Set(versionIds)) {
    const known = cache.get(id);
    if (known === undefined) missing.push(id);
    else found.set(id, known as T);
  }
  if (missing.length === 0) return found;
  for (const { id, spec } of await getVersions(q, missing)) {
    // Someone else may have read it meanwhile: the first object stays the one.
    cache.add(id, { definition: JSON.parse(spec) as Definition, size: spec.length });
    found.set(id, cache.get(id) as T);
  }
  return found;
}

function cacheOf(q: Queryable): VersionCache {
  const { origin } = q;
  if (origin === undefined) return new VersionCache();
  const cache = caches.get(origin) ?? new VersionCache();
  caches.set(origin, cache);
  return cache;
}
