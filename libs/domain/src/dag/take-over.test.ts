import fc from 'fast-check';
import type { TaskState } from '../state/task-state.js';
import { buildGraph } from './build-graph.js';
import { graphOutcome } from './graph-outcome.js';
import { nextNodes } from './next-nodes.js';
import type { NodeState } from './node-state.js';
import { TRIGGERS, type Trigger } from './trigger.js';

const RUNS = fc.record({
  nodes: fc.array(
    fc.record({
      before: fc.nat(255),
      trigger: fc.oneof(fc.constant<Trigger>('all_success'), fc.constantFrom(...TRIGGERS)),
      mayFail: fc.boolean(),
      end: fc.oneof(fc.constant<TaskState>('success'), fc.constantFrom<TaskState>('failed', 'cancelled', 'dequeued')),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  policy: fc.constantFrom('fail_fast', 'finish_running', 'continue' as const),
});
type Run = typeof RUNS extends fc.Arbitrary<infer Value> ? Value : never;

const CHOICES = fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 });

/**
 * Tasks end in any order; of each end the scheduler is told later, once or twice. It may die at any time: the next one reads the
 * rows, and so knows of ends that nobody has told it yet.
 */
function play({ nodes, policy }: Run, choices: readonly number[], dies: boolean) {
  const graph = buildGraph(
    nodes.map(({ before, trigger, mayFail }, index) => ({
      key: `n${index}`,
      depends_on: nodes.slice(0, index).flatMap((_, at) => (before & (1 << at) ? [`n${at}`] : [])),
      trigger,
      allow_failure: mayFail,
    })),
  );
  let turn = 0;
  const choose = (bound: number): number => (choices[turn++ % choices.length] ?? 0) % bound;
  const rows = new Map<string, NodeState>(graph.roots.map((key) => [key, { status: 'queued', reason: null }]));
  let known = new Map(rows);
  const untold: string[] = [];
  const toldTwice = new Set<string>();
  let failing = false;
  const started: string[] = [...graph.roots];
  for (;;) {
    const open = [...rows].filter(([, { status }]) => status === 'queued').map(([key]) => key);
    if (open.length === 0 && untold.length === 0) return { graph, rows, started };
    if (dies && choose(4) === 0) known = new Map(rows);
    const ends = open[choose(open.length || 1)];
    if (ends !== undefined && (untold.length === 0 || choose(2) === 0)) {
      rows.set(ends, { status: nodes[Number(ends.slice(1))]?.end ?? 'success', reason: 'TOLD' });
      untold.push(ends);
      continue;
    }
    const told = untold.splice(choose(untold.length), 1 + choose(2));
    for (const key of told) known.set(key, rows.get(key) as NodeState);
    const again = told.filter((key) => !toldTwice.has(key));
    if (choose(5) === 0) {
      untold.push(...again);
      for (const key of again) toldTwice.add(key);
    }
    const step = nextNodes(graph, told, (key) => known.get(key), { policy, failing });
    failing = step.failing;
    for (const key of step.start) {
      expect(rows.has(key)).toBe(false);
      started.push(key);
      rows.set(key, { status: 'queued', reason: null });
      known.set(key, { status: 'queued', reason: null });
    }
    for (const { key, reason } of step.skip) {
      expect(rows.has(key)).toBe(false);
      rows.set(key, { status: 'skipped', reason });
      known.set(key, { status: 'skipped', reason });
    }
  }
}

test('schedulers that die and take over from the rows decide every task, once, and end the run alike', () => {
  fc.assert(
    fc.property(RUNS, CHOICES, (run, choices) => {
      const { graph, rows, started } = play(run, choices, true);
      expect(rows.size).toBe(graph.size);
      expect(new Set(started).size).toBe(started.length);
      const failed = graph.order.filter((key) => {
        const { status } = rows.get(key) ?? { status: 'queued' };
        return ['failed', 'cancelled', 'dequeued'].includes(status) && graph.node(key)?.allowFailure !== true;
      });
      expect(graphOutcome(graph, (key) => rows.get(key)).status).toBe(failed.length > 0 ? 'failed' : 'success');
    }),
    { numRuns: 2000 },
  );
});

test('under `continue` the order, the deaths and what was told twice change nothing', () => {
  fc.assert(
    fc.property(RUNS, CHOICES, CHOICES, (run, one, other) => {
      const always = { ...run, policy: 'continue' as const };
      const [first, second] = [play(always, one, false), play(always, other, true)];
      expect(Object.fromEntries(second.rows)).toEqual(Object.fromEntries(first.rows));
    }),
    { numRuns: 1000 },
  );
});
