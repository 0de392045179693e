import { didYouMean } from '../error/did-you-mean.js';
import { InvalidInput, fieldViolation, showValue, type FieldViolation } from '../error/invalid-input.js';
import type { Trigger } from './trigger.js';

/** A task of a workflow as a node. Field names are those of the definition, so that its tasks can be given as they are. */
export interface NodeInput {
  readonly key: string;
  readonly depends_on?: readonly string[] | undefined;
  /** Default `all_success`. */
  readonly trigger?: Trigger | undefined;
  /** Default false. */
  readonly allow_failure?: boolean | undefined;
}

export interface GraphNode {
  readonly key: string;
  readonly trigger: Trigger;
  /** Its failure does not fail the workflow. */
  readonly allowFailure: boolean;
  /** Keys of the nodes before it and after it, each once. */
  readonly dependencies: readonly string[];
  readonly successors: readonly string[];
}

/** The dependencies of a workflow's tasks, without cycles, looked up by key in constant time. Never changes. */
export interface Graph {
  readonly size: number;
  /** Keys of the nodes that depend on nothing. */
  readonly roots: readonly string[];
  /** Keys of the nodes that nothing depends on. */
  readonly leaves: readonly string[];
  /** Every key, dependencies first. */
  readonly order: readonly string[];
  node(key: string): GraphNode | undefined;
}

const SHOWN_OF_CYCLE = 20;

/**
 * Indexes the nodes; time and memory are proportional to nodes and edges.
 *
 * @param field path of the list within what was sent, for the messages
 * @throws InvalidInput with a violation for each unknown, repeated or own key among the dependencies and each duplicate key,
 *   or else one for a cycle, which names it: `a → b → a`, each waiting for the next
 */
export function buildGraph(inputs: readonly NodeInput[], field = 'tasks'): Graph {
  const faults = findFaults(inputs, field);
  if (faults.length > 0) throw InvalidInput.of('the graph of tasks', faults);
  const successors = new Map<string, string[]>(inputs.map((input) => [input.key, []]));
  for (const input of inputs) {
    for (const dependency of input.depends_on ?? []) successors.get(dependency)?.push(input.key);
  }
  const nodes = new Map<string, GraphNode>();
  for (const { key, trigger = 'all_success', depends_on: before = [], allow_failure: allowFailure = false } of inputs) {
    nodes.set(key, {
      key,
      trigger,
      allowFailure,
      dependencies: [...before],
      successors: successors.get(key) ?? [],
    });
  }
  const order = orderOf(nodes);
  if (order.length < nodes.size) throw cycleFault(inputs, new Set(order), field);
  return {
    size: nodes.size,
    roots: order.filter((key) => nodes.get(key)?.dependencies.length === 0),
    leaves: order.filter((key) => nodes.get(key)?.successors.length === 0),
    order,
    node: (key) => nodes.get(key),
  };
}

function findFaults(inputs: readonly NodeInput[], field: string): FieldViolation[] {
  const faults: FieldViolation[] = [];
  const keys = new Set<string>();
  for (const [index, { key }] of inputs.entries()) {
    if (keys.has(key)) faults.push(fieldViolation(`${field}[${index}].key`, key, 'a key that no task before it has'));
    keys.add(key);
  }
  for (const [index, { key, depends_on: dependencies = [] }] of inputs.entries()) {
    const seen = new Set<string>();
    for (const [position, dependency] of dependencies.entries()) {
      const wanted = faultOf(dependency, key, keys, seen);
      if (wanted !== undefined)
        faults.push(fieldViolation(`${field}[${index}].depends_on[${position}]`, dependency, wanted));
      seen.add(dependency);
    }
  }
  return faults;
}

function faultOf(dependency: string, key: string, keys: Set<string>, seen: Set<string>): string | undefined {
  if (dependency === key) return 'another task: it cannot wait for itself';
  if (seen.has(dependency)) return 'each task once';
  if (keys.has(dependency)) return undefined;
  const near = didYouMean(dependency, [...keys].slice(0, 1000));
  return near === undefined
    ? 'the key of a task of this workflow'
    : `the key of a task of this workflow: did you mean "${near}"?`;
}

/** The keys that can be ordered, dependencies first; those on or behind a cycle are left out. */
function orderOf(nodes: ReadonlyMap<string, GraphNode>): string[] {
  const open = new Map<string, number>();
  const order: string[] = [];
  for (const { key, dependencies } of nodes.values()) {
    open.set(key, dependencies.length);
    if (dependencies.length === 0) order.push(key);
  }
  for (const key of order) {
    for (const successor of nodes.get(key)?.successors ?? []) {
      const left = (open.get(successor) ?? 0) - 1;
      open.set(successor, left);
      if (left === 0) order.push(successor);
    }
  }
  return order;
}

/** Every node that could not be ordered waits for another such node, so following these leads round a cycle. */
function cycleFault(inputs: readonly NodeInput[], ordered: ReadonlySet<string>, field: string): InvalidInput {
  const waitsFor = new Map<string, string>();
  for (const { key, depends_on: dependencies = [] } of inputs) {
    const blocker = dependencies.find((dependency) => !ordered.has(dependency));
    if (!ordered.has(key) && blocker !== undefined) waitsFor.set(key, blocker);
  }
  const path: string[] = [];
  const places = new Map<string, number>();
  let [key = ''] = waitsFor.keys();
  while (!places.has(key)) {
    places.set(key, path.length);
    path.push(key);
    key = waitsFor.get(key) ?? '';
  }
  const cycle = [...path.slice(places.get(key)), key];
  const shown = cycle.length > SHOWN_OF_CYCLE ? [...cycle.slice(0, SHOWN_OF_CYCLE), '…', key] : cycle;
  const got = shown.join(' → ');
  const index = inputs.findIndex((input) => input.key === key);
  const wanted = 'dependencies without a cycle: take out one of these';
  const place = `${field}[${index}].depends_on`;
  const description = `${place}: ${showValue(key)} waits for itself: ${got}; wanted ${wanted}`;
  return InvalidInput.of('the graph of tasks', [{ field: place, got, wanted, description }]);
}
