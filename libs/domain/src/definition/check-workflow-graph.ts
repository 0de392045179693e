import { buildGraph, type Graph } from '../dag/build-graph.js';
import { knownWords } from '../error/did-you-mean.js';
import { fieldViolation, type FieldViolation } from '../error/invalid-input.js';
import { referencedTasks, type TaskReference } from '../template/resolve-template.js';
import { attempt } from './read-strictly.js';
import { taskReferences } from './run-references.js';
import type { WorkflowTask } from './read-workflow-task.js';

interface Reference extends TaskReference {
  /** Key of the task whose params hold it. */
  readonly from: string;
}

/** That the tasks form a graph without cycles, and that each output they reference is there before it is needed. */
export function checkWorkflowGraph(tasks: readonly WorkflowTask[], at: (path: string) => string): FieldViolation[] {
  const graph = attempt(() => buildGraph(tasks, at('tasks')));
  const found = tasks.map((task, index) =>
    attempt(() => [
      ...referencedTasks(task.params ?? {}, at(`tasks[${index}].params`)),
      ...taskReferences(task.inline ?? {}, (path) => at(`tasks[${index}].${path.replace(/^run\./, '')}`)),
    ]),
  );
  const malformed = found.flatMap((read) => (read.ok ? [] : read.violations));
  if (!graph.ok) return [...graph.violations, ...malformed];
  const references = tasks.flatMap(({ key: from }, index) => {
    const read = found[index];
    return read?.ok === true ? read.value.map((reference) => ({ ...reference, from })) : [];
  });
  return [...malformed, ...checkReferences(graph.value, references)];
}

function checkReferences(graph: Graph, references: readonly Reference[]): FieldViolation[] {
  const distant = references.filter(({ key, from }) => graph.node(from)?.dependencies.includes(key) !== true);
  const isUpstream =
    distant.length === 0 ? () => true : upstreamTest(graph, [...new Set(distant.map(({ key }) => key))]);
  return distant
    .filter(({ key, from }) => !isUpstream(key, from))
    .map(({ key, from, field }) => {
      const hint =
        graph.node(key) === undefined
          ? `there is no such task; ${knownWords(key, graph.node(from)?.dependencies ?? [])}`
          : `add ${JSON.stringify(key)} to depends_on of ${JSON.stringify(from)}`;
      return fieldViolation(
        field,
        `{{ tasks.${key}.output }}`,
        `the output of a task that runs before this one: ${hint}`,
      );
    });
}

// A bit per referenced task, handed down along the edges: cheap also where thousands of tasks reference thousands of others.
function upstreamTest(graph: Graph, keys: readonly string[]): (key: string, from: string) => boolean {
  const bits = new Map(keys.map((key, index) => [key, index]));
  const words = Math.ceil(keys.length / 32);
  const upstream = new Map<string, Uint32Array>();
  for (const key of graph.order) {
    const set = new Uint32Array(words);
    for (const dependency of graph.node(key)?.dependencies ?? []) {
      upstream.get(dependency)?.forEach((word, index) => (set[index] = (set[index] ?? 0) | word));
      mark(set, bits.get(dependency));
    }
    upstream.set(key, set);
  }
  return (key, from) => {
    const bit = bits.get(key) ?? 0;
    return (((upstream.get(from)?.[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  };
}

function mark(set: Uint32Array, bit: number | undefined): void {
  if (bit !== undefined) set[bit >>> 5] = (set[bit >>> 5] ?? 0) | (1 << (bit & 31));
}
