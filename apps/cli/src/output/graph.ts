interface Node {
  readonly key: string;
  readonly depends_on?: readonly string[];
}

/** A task of a graph and how deep it stands: 0 when it waits for nothing. */
export interface PlacedNode {
  readonly key: string;
  readonly dependsOn: readonly string[];
  readonly depth: number;
}

/** The tasks of a Workflow's definition so that each stands after those that it waits for. */
export function placeNodes(specJson: string): PlacedNode[] {
  const { tasks = [] } = JSON.parse(specJson || '{}') as { tasks?: readonly Node[] };
  const depths = new Map<string, number>();
  const left = new Map(tasks.map((node) => [node.key, node]));
  while (left.size > 0) {
    const ready = [...left.values()].filter(({ depends_on = [] }) => depends_on.every((key) => !left.has(key)));
    if (ready.length === 0) break;
    for (const { key, depends_on = [] } of ready) {
      depths.set(key, 1 + Math.max(-1, ...depends_on.map((dependency) => depths.get(dependency) ?? 0)));
    }
    for (const { key } of ready) left.delete(key);
  }
  return tasks
    .map(({ key, depends_on = [] }) => ({ key, dependsOn: depends_on, depth: depths.get(key) ?? 0 }))
    .sort((a, b) => a.depth - b.depth);
}

/** The graph as text, a task a line. */
export function graphLines(specJson: string): string[] {
  return placeNodes(specJson).map(({ key, dependsOn, depth }) => {
    const after = dependsOn.length === 0 ? '' : `  ← ${dependsOn.join(', ')}`;
    return `${'  '.repeat(depth)}${key}${after}`;
  });
}
