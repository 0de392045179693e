import { buildGraph } from './build-graph.js';
import { graphOutcome, type GraphOutcome } from './graph-outcome.js';
import type { NodeState } from './node-state.js';
import type { Trigger } from './trigger.js';

const ok: NodeState = { status: 'success', reason: null };
const broken: NodeState = { status: 'failed', reason: 'exit_code' };

function outcomeOf(trigger: Trigger, load: NodeState, after: NodeState | undefined): GraphOutcome {
  const graph = buildGraph([{ key: 'load' }, { key: 'after', depends_on: ['load'], trigger }]);
  return graphOutcome(graph, (key) => (key === 'load' ? load : after));
}

test('runs until every task has ended', () => {
  expect(outcomeOf('all_success', ok, undefined).status).toBe('running');
  expect(outcomeOf('all_success', ok, { status: 'retry', reason: null }).status).toBe('running');
  expect(outcomeOf('all_success', ok, ok).status).toBe('success');
});

test('a failed task fails it and is named with its reason', () => {
  const skipped: NodeState = { status: 'skipped', reason: 'upstream_failed' };
  expect(outcomeOf('all_success', broken, skipped)).toEqual({
    status: 'failed',
    failed: ['load'],
    message: '"load" failed (exit_code)',
  });
});

test.each(['one_failed', 'all_failed', 'all_done', 'always', 'one_success'] as const)(
  'no task behind a failed one makes that good: %s',
  (trigger) => expect(outcomeOf(trigger, broken, ok)).toMatchObject({ status: 'failed', failed: ['load'] }),
);

test('a task that may fail does not fail it and is named; the tasks behind it count for themselves', () => {
  const graph = buildGraph([
    { key: 'load', allow_failure: true },
    { key: 'after', depends_on: ['load'], trigger: 'all_done' },
  ]);
  const outcome = (load: NodeState, after: NodeState) => graphOutcome(graph, (key) => (key === 'load' ? load : after));
  expect(outcome(broken, ok)).toEqual({
    status: 'success',
    message: 'all 2 tasks are over; allowed to fail: "load" failed (exit_code)',
  });
  expect(outcome({ status: 'dequeued', reason: 'EXPIRED' }, ok).status).toBe('success');
  expect(outcome(broken, broken)).toMatchObject({ status: 'failed', failed: ['after'] });
});

test('skipped tasks alone do not fail it', () => {
  expect(outcomeOf('one_failed', ok, { status: 'skipped', reason: 'trigger_unmet' }).status).toBe('success');
});

test('the message begins with tasks that failed by themselves and names only a few', () => {
  const keys = Array.from({ length: 8 }, (_, index) => `t${index}`);
  const graph = buildGraph(keys.map((key) => ({ key })));
  const result = graphOutcome(graph, (key) => (key === 't7' ? broken : { status: 'cancelled', reason: 'fail_fast' }));
  expect(result).toMatchObject({
    status: 'failed',
    failed: keys,
    message: expect.stringMatching(/^"t7" failed \(exit_code\), "t0" cancelled \(fail_fast\), .*, and 3 more$/),
  });
});
