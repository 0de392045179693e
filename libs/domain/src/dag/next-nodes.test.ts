import { buildGraph } from './build-graph.js';
import { nextNodes, type GraphSituation } from './next-nodes.js';
import type { NodeState } from './node-state.js';

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

  test.each(['fail_fast', 'finish_running'] as const)(
    '%s does not hold for a task that may fail: what needs it is skipped, the rest goes on',
    (policy) => {
      const graph = buildGraph([
        { key: 'a', allow_failure: true },
        { key: 'b', depends_on: ['a'] },
        { key: 'c', depends_on: ['b'], trigger: 'all_done' },
        { key: 'other' },
        { key: 'next', depends_on: ['other'] },
      ]);
      const first = statesOf({ a: broken, other: running });
      const failed = nextNodes(graph, ['a'], first, { policy, failing: false });
      expect(failed).toMatchObject({ start: ['c'], skip: [{ key: 'b', reason: 'upstream_failed' }] });
      expect([failed.failing, failed.cancel]).toEqual([false, false]);
      const skipped: NodeState = { status: 'skipped', reason: 'upstream_failed' };
      const later = statesOf({ a: broken, b: skipped, c: ok, other: ok });
      const step = nextNodes(graph, ['other', 'b', 'c'], later, { policy, failing: false });
      expect(step).toEqual({ start: ['next'], skip: [], failing: false, cancel: false });
    },
  );

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
  const { user } = process.cpuUsage();
  for (let from = 0; from < layer.length; from += 100) {
    const portion = layer.slice(from, from + 100);
    for (const key of portion) states.set(key, ok);
    const { start } = nextNodes(join, portion, (key) => states.get(key), CONTINUE);
    expect(start).toEqual(from + 100 < layer.length ? [] : ['join']);
  }
  expect(process.cpuUsage().user - user).toBeLessThan(500_000);
});

test('a join is not counted to the end while a task before it is found open', () => {
  const layer = Array.from({ length: 10_000 }, (_, index) => `n${index}`);
  const join = buildGraph([...layer.map((key) => ({ key })), { key: 'join', depends_on: layer }]);
  let asked = 0;
  const stateOf = (key: string): NodeState | undefined => {
    asked += 1;
    return key === 'n9' ? running : key === 'join' ? undefined : ok;
  };
  expect(nextNodes(join, ['n5000'], stateOf, CONTINUE).start).toEqual([]);
  expect(asked).toBeLessThan(20);
});
