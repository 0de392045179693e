import fc from 'fast-check';
import type { TaskState } from '../state/task-state.js';
import { buildGraph, type Graph, type NodeInput } from './build-graph.js';
import { nextNodes, type GraphSituation } from './next-nodes.js';
import { endOf, type NodeState } from './node-state.js';
import { TRIGGERS, evaluateTrigger, toleratesFailure, type Trigger } from './trigger.js';

const CONTINUE: GraphSituation = { policy: 'continue', failing: false };
const ok: NodeState = { status: 'success', reason: null };
const broken: NodeState = { status: 'failed', reason: 'exit_code' };
const running: NodeState = { status: 'running', reason: null };

function statesOf(states: Record<string, NodeState>) {
  return (key: string): NodeState | undefined => (Object.hasOwn(states, key) ? states[key] : undefined);
}

const PIPELINE = buildGraph([
  { key: 'extract' },
  { key: 'clean', depends_on: ['extract'] },
  { key: 'enrich', depends_on: ['extract'] },
  { key: 'load', depends_on: ['clean', 'enrich'] },
  { key: 'report', depends_on: ['load'] },
  { key: 'alarm', depends_on: ['load'], trigger: 'one_failed' },
  { key: 'tidy', depends_on: ['load'], trigger: 'all_done' },
]);

test('a task starts when its own dependencies are done, whatever its siblings do', () => {
  const graph = buildGraph([
    { key: 'a' },
    { key: 'b' },
    { key: 'after-a', depends_on: ['a'] },
    { key: 'after-both', depends_on: ['a', 'b'] },
  ]);
  const step = nextNodes(graph, ['a'], statesOf({ a: ok, b: running }), CONTINUE);
  expect(step).toEqual({ start: ['after-a'], skip: [], failing: false, cancel: false });
});

test('a failure runs through the graph: what needs it is skipped with its reason, what waits for it starts', () => {
  const step = nextNodes(PIPELINE, ['enrich'], statesOf({ extract: ok, clean: ok, enrich: broken }), CONTINUE);
  expect(step.skip).toEqual([
    { key: 'load', reason: 'upstream_failed', message: 'all_success is not met: "enrich" ended as failed: exit_code' },
    {
      key: 'report',
      reason: 'upstream_failed',
      message: 'all_success is not met: "load" ended as skipped: upstream_failed',
    },
  ]);
  expect(step.start).toEqual(['alarm', 'tidy']);
  expect(step.failing).toBe(true);
});

test('nothing is skipped while a task before it still runs', () => {
  const step = nextNodes(PIPELINE, ['enrich'], statesOf({ extract: ok, clean: running, enrich: broken }), CONTINUE);
  expect([step.start, step.skip]).toEqual([[], []]);
});

test('when all goes well, the alarm is skipped and that is no failure for those behind it', () => {
  const graph = buildGraph([
    { key: 'load' },
    { key: 'alarm', depends_on: ['load'], trigger: 'one_failed' },
    { key: 'end', depends_on: ['load', 'alarm'], trigger: 'none_failed' },
  ]);
  const step = nextNodes(graph, ['load'], statesOf({ load: ok }), CONTINUE);
  expect(step.skip.map(({ key, reason }) => [key, reason])).toEqual([['alarm', 'trigger_unmet']]);
  expect(step.start).toEqual(['end']);
  expect(step.failing).toBe(false);
});

test('a skipped task blocks those that want all successes, as skipped and not as failed', () => {
  const graph = buildGraph([{ key: 'a' }, { key: 'b', depends_on: ['a'] }, { key: 'c', depends_on: ['b'] }]);
  const step = nextNodes(graph, ['a'], statesOf({ a: { status: 'skipped', reason: null } }), CONTINUE);
  expect(step.skip.map((skip) => skip.reason)).toEqual(['upstream_skipped', 'upstream_skipped']);
});

describe('failure policies', () => {
  const graph = buildGraph([
    { key: 'a' },
    { key: 'b' },
    { key: 'after-b', depends_on: ['b'] },
    { key: 'tidy', depends_on: ['b'], trigger: 'all_done' },
  ]);

  test.each(['fail_fast', 'finish_running'] as const)('%s starts nothing more but clean-up', (policy) => {
    const failed = nextNodes(graph, ['a'], statesOf({ a: broken, b: running }), { policy, failing: false });
    expect(failed).toEqual({ start: [], skip: [], failing: true, cancel: policy === 'fail_fast' });
    const later = nextNodes(graph, ['b'], statesOf({ a: broken, b: ok }), { policy, failing: true });
    expect(later.start).toEqual(['tidy']);
    expect(later.skip.map(({ key, reason }) => [key, reason])).toEqual([['after-b', 'failure_policy']]);
    expect(later.cancel).toBe(false);
  });

  test('continue goes on in the branches that the failure does not touch', () => {
    const step = nextNodes(graph, ['b'], statesOf({ a: broken, b: ok }), { policy: 'continue', failing: true });
    expect([step.start, step.skip, step.cancel]).toEqual([['after-b', 'tidy'], [], false]);
  });

  test('a cancelled workflow starts only what runs always', () => {
    const ends = buildGraph([
      { key: 'a' },
      { key: 'b', depends_on: ['a'] },
      { key: 'tidy', depends_on: ['a'], trigger: 'all_done' },
      { key: 'release', depends_on: ['a'], trigger: 'always' },
    ]);
    const cancelled = statesOf({ a: { status: 'cancelled', reason: 'user' } });
    const step = nextNodes(ends, ['a'], cancelled, { policy: 'continue', failing: false, cancelling: true });
    expect(step.start).toEqual(['release']);
    expect(step.skip.map(({ key, reason }) => [key, reason])).toEqual([
      ['b', 'upstream_failed'],
      ['tidy', 'workflow_cancelled'],
    ]);
  });
});

test('keys told again, not ended or unknown change nothing', () => {
  const states = statesOf({ extract: ok, clean: running, enrich: running });
  const step = nextNodes(PIPELINE, ['extract', 'extract', 'clean', 'nobody'], states, CONTINUE);
  expect([step.start, step.skip]).toEqual([[], []]);
});

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

test('the work is that of the change: a task among 10,000 asks for a handful of states, a join of 10,000 stays cheap', () => {
  const chain = buildGraph(
    Array.from({ length: 10_000 }, (_, index) => ({
      key: `n${index}`,
      depends_on: index === 0 ? [] : [`n${index - 1}`],
    })),
  );
  let asked = 0;
  const stateOf = (key: string): NodeState | undefined => {
    asked += 1;
    return Number(key.slice(1)) <= 5000 ? ok : undefined;
  };
  expect(nextNodes(chain, ['n5000'], stateOf, CONTINUE).start).toEqual(['n5001']);
  expect(asked).toBeLessThan(10);

  const layer = Array.from({ length: 10_000 }, (_, index) => `n${index}`);
  const join = buildGraph([...layer.map((key) => ({ key })), { key: 'join', depends_on: layer }]);
  const states = new Map<string, NodeState>(layer.map((key) => [key, running]));
  const begun = performance.now();
  for (let from = 0; from < layer.length; from += 100) {
    const portion = layer.slice(from, from + 100);
    for (const key of portion) states.set(key, ok);
    const { start } = nextNodes(join, portion, (key) => states.get(key), CONTINUE);
    expect(start).toEqual(from + 100 < layer.length ? [] : ['join']);
  }
  expect(performance.now() - begun).toBeLessThan(500);
});
