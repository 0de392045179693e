import type { Queryable, SubmissionTarget } from '@taskflow/store';

/** What names stood for when they were looked up last, per database. Whoever uses it writes only where that still holds. */
const known = new WeakMap<object, Map<string, SubmissionTarget>>();
const MOST = 10_000;

export function rememberTargets(q: Queryable, targets: readonly SubmissionTarget[]): void {
  if (q.origin === undefined) return;
  const all = known.get(q.origin) ?? new Map<string, SubmissionTarget>();
  known.set(q.origin, all);
  for (const target of targets) {
    const key = `${target.kind} ${target.name}`;
    all.delete(key);
    all.set(key, target);
  }
  for (const oldest of all.keys()) {
    if (all.size <= MOST) break;
    all.delete(oldest);
  }
}

/** Undefined when it was never looked up. */
export function knownTarget(q: Queryable, kind: 'task' | 'workflow', name: string): SubmissionTarget | undefined {
  return q.origin === undefined ? undefined : known.get(q.origin)?.get(`${kind} ${name}`);
}
