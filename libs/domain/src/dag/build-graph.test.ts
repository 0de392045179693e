import fc from 'fast-check';
import { InvalidInput } from '../error/invalid-input.js';
import { buildGraph, type NodeInput } from './build-graph.js';

function faultsOf(nodes: readonly NodeInput[]): string[] {
  try {
    buildGraph(nodes);
  } catch (error) {
    if (error instanceof InvalidInput) return error.violations.map((violation) => violation.description);
    throw error;
  }
  throw new Error('the graph was accepted');
}

test('knows neighbours, roots, leaves and an order', () => {
  const graph = buildGraph([
    { key: 'load', depends_on: ['clean', 'enrich'], trigger: 'none_failed' },
    { key: 'extract' },
    { key: 'clean', depends_on: ['extract'] },
    { key: 'enrich', depends_on: ['extract'] },
  ]);
  expect(graph.roots).toEqual(['extract']);
  expect(graph.leaves).toEqual(['load']);
  expect(graph.order).toEqual(['extract', 'clean', 'enrich', 'load']);
  expect(graph.node('extract')?.successors).toEqual(['clean', 'enrich']);
  expect(graph.node('load')).toEqual({
    key: 'load',
    trigger: 'none_failed',
    allowFailure: false,
    dependencies: ['clean', 'enrich'],
    successors: [],
  });
  expect(graph.node('nobody')).toBeUndefined();
});

test('names every bad dependency by its place, with a guess', () => {
  expect(
    faultsOf([
      { key: 'extract', depends_on: ['extract'] },
      { key: 'load', depends_on: ['extrct', 'extract', 'extract'] },
      { key: 'load' },
    ]),
  ).toEqual([
    'tasks[2].key: got "load", wanted a key that no task before it has',
    'tasks[0].depends_on[0]: got "extract", wanted another task: it cannot wait for itself',
    'tasks[1].depends_on[0]: got "extrct", wanted the key of a task of this workflow: did you mean "extract"?',
    'tasks[1].depends_on[2]: got "extract", wanted each task once',
  ]);
});

test('prints a cycle as its path, without what merely hangs on it', () => {
  const [fault] = faultsOf([
    { key: 'start' },
    { key: 'a', depends_on: ['start', 'c'] },
    { key: 'b', depends_on: ['a'] },
    { key: 'c', depends_on: ['b'] },
    { key: 'after', depends_on: ['c'] },
  ]);
  expect(fault).toBe(
    'tasks[1].depends_on: "a" waits for itself: a → c → b → a; wanted dependencies without a cycle: take out one of these',
  );
});

test('a cycle of thousands is cut when it is printed', () => {
  const nodes = Array.from({ length: 5000 }, (_, index) => ({
    key: `n${index}`,
    depends_on: [`n${(index + 1) % 5000}`],
  }));
  expect(faultsOf(nodes)[0]?.length).toBeLessThan(400);
});

test('keys that are names of object members are plain keys', () => {
  const graph = buildGraph([{ key: '__proto__' }, { key: 'constructor', depends_on: ['__proto__'] }]);
  expect(graph.order).toEqual(['__proto__', 'constructor']);
});

test('any graph whose edges point back is ordered with dependencies first; any backward edge on a path is refused', () => {
  const edges = fc.array(fc.tuple(fc.nat(19), fc.nat(19)), { maxLength: 60 });
  fc.assert(
    fc.property(edges, fc.nat(19), (pairs, salt) => {
      const name = (index: number): string => `n${(index * 7 + salt) % 20}`;
      const dependencies = (index: number): string[] => [
        ...new Set(pairs.flatMap(([a, b]) => (Math.max(a, b) === index && a !== b ? [name(Math.min(a, b))] : []))),
      ];
      const nodes = Array.from({ length: 20 }, (_, index) => ({ key: name(index), depends_on: dependencies(index) }));
      const graph = buildGraph(nodes);
      const place = new Map(graph.order.map((key, index) => [key, index]));
      expect(place.size).toBe(20);
      for (const node of nodes) {
        for (const dependency of node.depends_on) {
          expect(place.get(dependency)).toBeLessThan(place.get(node.key) ?? -1);
          expect(graph.node(dependency)?.successors).toContain(node.key);
        }
      }
      const [last] = nodes.filter((node) => node.depends_on.length > 0);
      const [first] = last?.depends_on ?? [];
      if (last === undefined || first === undefined) return;
      const turned = nodes.map((node) =>
        node.key === first ? { ...node, depends_on: [...node.depends_on, last.key] } : node,
      );
      expect(() => buildGraph(turned)).toThrow(/waits for itself/);
    }),
    { numRuns: 200 },
  );
});

test('10,000 tasks in 100 layers are indexed in a fraction of a second', () => {
  const nodes = Array.from({ length: 10_000 }, (_, index) => {
    const layer = Math.floor(index / 100);
    const before = Array.from(
      { length: 5 },
      (_unused, offset) => `n${(layer - 1) * 100 + ((index + offset * 13) % 100)}`,
    );
    return { key: `n${index}`, depends_on: layer === 0 ? [] : before };
  });
  const times = [1, 2, 3].map(() => {
    const { user } = process.cpuUsage();
    expect(buildGraph(nodes).order).toHaveLength(10_000);
    return (process.cpuUsage().user - user) / 1000;
  });
  expect(Math.min(...times)).toBeLessThan(100);
});
