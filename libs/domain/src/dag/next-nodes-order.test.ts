import fc from 'fast-check';
import type { TaskState } from '../state/task-state.js';
import { buildGraph, type Graph, type NodeInput } from './build-graph.js';
import { nextNodes, type GraphSituation } from './next-nodes.js';
import { endOf, type NodeState } from './node-state.js';
import { TRIGGERS, evaluateTrigger, toleratesFailure, type Trigger } from './trigger.js';

const ok: NodeState = { status: 'success', reason: null };
const running: NodeState = { status: 'running', reason: null };

const ENDS: readonly TaskState[] = ['success', 'failed', 'cancelled', 'dequeued', 'skipped'];

interface Case {
  readonly nodes: NodeInput[];
  readonly graph: Graph;
  /** What each task comes to if it is started. */
  readonly fate: (key: string) => NodeState;
}

const CASES: fc.Arbitrary<Case> = fc
  .array(
    fc.record({
      before: fc.array(fc.nat(100), { maxLength: 4 }),
      trigger: fc.oneof(fc.constant<Trigger>('all_success'), fc.constantFrom(...TRIGGERS)),
      end: fc.oneof(fc.constant<TaskState>('success'), fc.constantFrom(...ENDS)),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((items) => {
    const nodes = items.map(({ before, trigger }, index) => ({
      key: `n${index}`,
      depends_on: index === 0 ? [] : [...new Set(before.map((number) => `n${number % index}`))],
      trigger,
    }));
    const ends = new Map(items.map(({ end }, index) => [`n${index}`, { status: end, reason: null }]));
    return { nodes, graph: buildGraph(nodes), fate: (key) => ends.get(key) ?? ok };
  });

/** Runs a case to its end: at each step some of the running tasks end, chosen by `choose`, and are told in one portion. */
function play({ graph, fate }: Case, choose: (bound: number) => number, policy: GraphSituation['policy'] = 'continue') {
  const states = new Map<string, NodeState>();
  const log: string[] = [];
  let open = [...graph.roots];
  let failing = false;
  for (const key of open) states.set(key, running);
  while (open.length > 0) {
    const portion = open.filter((_, index) => index === 0 || choose(2) === 1).slice(0, 1 + choose(open.length));
    const told = [...portion, ...portion.slice(0, choose(2)), ...graph.order.slice(0, choose(3))];
    open = open.filter((key) => !portion.includes(key));
    for (const key of portion) states.set(key, fate(key));
    const step = nextNodes(
      graph,
      told.sort(() => choose(3) - 1),
      (key) => states.get(key),
      { policy, failing },
    );
    failing = step.failing;
    for (const key of step.start) {
      expect(states.has(key)).toBe(false);
      states.set(key, running);
      log.push(key);
    }
    for (const { key, reason } of step.skip) {
      expect(states.has(key)).toBe(false);
      states.set(key, { status: 'skipped', reason });
    }
    open.push(...step.start);
    if (choose(2) === 1) open.reverse();
  }
  return { states, log };
}

/** The whole graph, once, dependencies first, by the definition of the triggers alone. */
function oracle({ graph, fate }: Case): Map<string, 'ran' | 'skipped'> {
  const ends = new Map<string, ReturnType<typeof endOf>>();
  const ran = new Map<string, 'ran' | 'skipped'>();
  for (const key of graph.order) {
    const node = graph.node(key);
    if (node === undefined) throw new Error(key);
    const count = (end: ReturnType<typeof endOf>): number =>
      node.dependencies.filter((one) => ends.get(one) === end).length;
    const counts = { success: count('success'), failure: count('failure'), skipped: count('skipped'), open: 0 };
    const starts = evaluateTrigger(node.trigger, counts) === 'met';
    const wantsWork = !['all_failed', 'one_failed', 'all_skipped', 'none_skipped'].includes(node.trigger);
    ran.set(key, starts ? 'ran' : 'skipped');
    ends.set(key, starts ? endOf(fate(key)) : wantsWork && counts.failure > 0 ? 'failure' : 'skipped');
  }
  return ran;
}

const CHOICES = fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 });

function chooser(choices: readonly number[]): (bound: number) => number {
  let index = 0;
  return (bound) => (choices[index++ % choices.length] ?? 0) % bound;
}

test('every order, portion and repetition of completions decides each task once, as the whole-graph oracle does', () => {
  fc.assert(
    fc.property(CASES, CHOICES, (one, choices) => {
      const { states, log } = play(one, chooser(choices));
      const expected = oracle(one);
      const got = new Map(
        one.graph.order.map((key) => {
          const started = one.graph.roots.includes(key) || log.includes(key);
          return [key, started ? 'ran' : states.get(key)?.status];
        }),
      );
      expect(Object.fromEntries(got)).toEqual(Object.fromEntries(expected));
    }),
    { numRuns: 500 },
  );
});

test('under every policy all tasks end up decided, and only clean-up starts once it fails', () => {
  const policies = fc.constantFrom('fail_fast', 'finish_running', 'continue' as const);
  fc.assert(
    fc.property(CASES, CHOICES, policies, (one, choices, policy) => {
      const { states, log } = play(one, chooser(choices), policy);
      expect(states.size).toBe(one.graph.size);
      for (const key of log) {
        const node = one.graph.node(key);
        const before = (node?.dependencies ?? []).map((dependency) => endOf(states.get(dependency)));
        if (before.includes('failure')) expect(toleratesFailure(node?.trigger ?? 'all_success')).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test('the reason of every skip is the same whatever the order', () => {
  fc.assert(
    fc.property(CASES, CHOICES, CHOICES, (one, first, second) => {
      const [a, b] = [first, second].map((choices) => play(one, chooser(choices)).states);
      for (const key of one.graph.order) expect(a?.get(key)).toEqual(b?.get(key));
    }),
    { numRuns: 200 },
  );
});
