import { definitionHash, type TaskDefinition, type WorkflowTask } from '@taskflow/domain';
import { currentTasks, pinnedTasks, type Queryable, type TaskTarget } from '@taskflow/store';
import { taskSpecs } from '../definition/version-cache.js';
import { laneOf } from '../definition/write-definitions.js';

/** What a node runs: a version of a task, where it queues, and the definition itself. */
export interface NodeTask {
  readonly versionId: string;
  readonly laneId: number;
  readonly spec: TaskDefinition;
}

const pinned = new WeakMap<TaskDefinition, NodeTask>();
/** Registered ones as they were when they were looked up last, per database. */
const lastCurrent = new WeakMap<object, Map<string, NodeTask>>();

/** What a node runs as it was looked up last; a registered one may have another version by now. */
export function lastNodeTask(q: Queryable, node: WorkflowTask): NodeTask | undefined {
  return node.inline ? pinned.get(node.inline) : lastCurrent.get(q.origin ?? q)?.get(node.task);
}

/**
 * Finds what nodes run: an inline task in the version that its workflow was registered with, a registered one as it is now.
 * A node whose task is not there is absent from the answer.
 */
export async function findNodeTasks(
  q: Queryable,
  nodes: Iterable<WorkflowTask>,
): Promise<(node: WorkflowTask) => NodeTask | undefined> {
  const named = new Set<string>();
  const inline = new Map<string, TaskDefinition>();
  for (const node of nodes) {
    if (!node.inline) named.add(node.task);
    else if (!pinned.has(node.inline)) inline.set(`${node.task} ${hashOf(node.inline)}`, node.inline);
  }
  if (inline.size > 0) await pinInline(q, [...inline.values()]);
  const current = named.size > 0 ? await withSpecs(q, await currentTasks(q, [...named])) : new Map<string, NodeTask>();
  return (node) => (node.inline ? pinned.get(node.inline) : current.get(node.task));
}

async function pinInline(q: Queryable, specs: readonly TaskDefinition[]): Promise<void> {
  const targets = await pinnedTasks(
    q,
    specs.map((spec) => ({ name: spec.name, hash: hashOf(spec), ...laneOf(spec) })),
  );
  const byVersion = new Map(targets.map((target) => [`${target.name} ${target.hash}`, target]));
  for (const spec of specs) {
    const target = byVersion.get(`${spec.name} ${hashOf(spec)}`);
    if (target) pinned.set(spec, { versionId: target.version_id, laneId: target.lane_id, spec });
  }
}

async function withSpecs(q: Queryable, targets: readonly TaskTarget[]): Promise<Map<string, NodeTask>> {
  const specs = await taskSpecs(
    q,
    targets.map((target) => target.version_id),
  );
  const found = new Map<string, NodeTask>();
  for (const { name, version_id: versionId, lane_id: laneId } of targets) {
    const spec = specs.get(versionId);
    if (spec) found.set(name, { versionId, laneId, spec });
  }
  const known = lastCurrent.get(q.origin ?? q) ?? new Map<string, NodeTask>();
  for (const [name, task] of found) known.set(name, task);
  lastCurrent.set(q.origin ?? q, known);
  return found;
}

const hashes = new WeakMap<TaskDefinition, string>();

function hashOf(spec: TaskDefinition): string {
  const hash = hashes.get(spec) ?? definitionHash(spec);
  hashes.set(spec, hash);
  return hash;
}
