import type { ReservedIds, KeyClaim } from '@taskflow/store';
import type { PreparedTask, PreparedWorkflow } from './prepare-submissions.js';

type PreparedItem = PreparedTask | PreparedWorkflow;

/** The submissions of one batch that share a unique key: at most one of them, the leader, makes an instance. */
export interface UniqueGroup {
  readonly owner: string;
  readonly key: string;
  readonly kind: 'task' | 'workflow';
  /** Positions in the batch. */
  readonly members: number[];
  /** The one that goes for the key: the first, or the last that wants to replace what is queued before it. */
  leader: number;
}

export function groupByKey(items: readonly (PreparedItem | { readonly error: unknown })[]): UniqueGroup[] {
  const groups = new Map<string, UniqueGroup>();
  for (const [index, item] of items.entries()) {
    if ('error' in item || item.unique === undefined) continue;
    const owner = `${item.kind}:${item.name}`;
    const { key, onConflict } = item.unique;
    const id = `${owner} ${key}`;
    const group = groups.get(id) ?? { owner, key, kind: item.kind, members: [], leader: index };
    group.members.push(index);
    if (onConflict === 'replace_queued') group.leader = index;
    groups.set(id, group);
  }
  return [...groups.values()];
}

/** What each group's leader asks for, with the id of the instance that it would make. */
export function claimsOf(
  groups: readonly UniqueGroup[],
  items: readonly (PreparedItem | { readonly error: unknown })[],
  ids: ReservedIds,
): (KeyClaim & { readonly group: UniqueGroup; readonly id: string })[] {
  const used = { task: 0, workflow: 0 };
  return groups.map((group) => {
    const item = items[group.leader];
    const ttlMs = item !== undefined && !('error' in item) ? item.unique?.ttlMs : undefined;
    const id = (group.kind === 'task' ? ids.tasks : ids.workflows)[used[group.kind]++] ?? '';
    const instance = group.kind === 'task' ? { taskInstanceId: id } : { workflowInstanceId: id };
    return { group, id, owner: group.owner, key: group.key, ttlMs, ...instance };
  });
}
