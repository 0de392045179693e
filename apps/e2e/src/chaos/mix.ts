import type { Submission } from '@taskflow/proto/taskflow/v1/submissions.js';
import type { Outside } from './place.js';
import type { Random } from './random.js';

/** What an instance must come to. */
export interface Expectation {
  readonly status: 'success' | 'failed' | 'cancelled';
  /** JSON of the output; any when absent. */
  readonly output?: string;
}

export interface Job {
  readonly submission: Submission;
  readonly kind: 'task' | 'workflow';
  readonly name: string;
  readonly expected: Expectation;
  /** Ask for its end this long after it was submitted. */
  readonly cancelAfterMs?: number;
  /** Submit the same again, as a client does whose answer was lost. */
  readonly twice: boolean;
  /** Wait for its end by a call, as a client does that wants the result. */
  readonly awaited: boolean;
  /** When it has failed, ask for another go. */
  readonly again?: boolean;
}

const WEIGHTS = {
  double: 8,
  nap: 4,
  blockade: 0.3,
  flaky: 4,
  doomed: 2,
  mendable: 2,
  overtime: 2,
  endless: 2,
  shell: 3,
  stubborn: 1,
  limited: 6,
  keyed: 4,
  pushed: 3,
  'pushed-doomed': 1,
  'pushed-endless': 1.5,
  unique: 3,
  later: 2,
  fan: 3,
  broken: 2,
  cancelled: 2,
  narrow: 3,
  relay: 2,
  mended: 2,
} as const;

/** More is pushed where there are several places for it. */
const OUTSIDE_WEIGHTS = { ...WEIGHTS, pushed: 9, 'pushed-doomed': 3, 'pushed-endless': 4 } as const;

/** Jobs that one call submits. */
export function nextBatch(random: Random, tag: string): Job[] {
  const count = random.int(2, 20);
  const common = { kind: 'task', name: 'double', twice: false, awaited: false } as const;
  return Array.from({ length: count }, (_, index) => {
    const n = random.int(1, 1_000_000);
    const paramsJson = JSON.stringify({ tag: `${tag}.${index}`, n });
    const value = { task: 'double', paramsJson, priority: '', requestId: '', queue: '' };
    const expected = { status: 'success', output: String(n * 2) } as const;
    return { ...common, expected, submission: { item: { $case: 'task', value } } };
  });
}

/** The next job of the load. `tag` marks its instance in the params, so that a second one of the same submission is seen. */
export function nextJob(
  random: Random,
  tag: string,
  leaseMs: number,
  pushJournal: string,
  outside: readonly Outside[] = [],
): Job {
  const n = random.int(1, 1_000_000);
  const chosen = random.weighted(outside.length > 0 ? OUTSIDE_WEIGHTS : WEIGHTS);
  /** Of a pushed task: the one for a place. */
  const placed = (name: string): string =>
    outside.length > 0 ? random.pick([name, ...outside.map((kind) => `${name}-${kind}`)]) : name;
  const common = { twice: random.next() < 0.15, awaited: random.next() < 0.2 };
  const requestId = `chaos-${tag}`;
  const task = (name: string, params: object, expected: Expectation, more: object = {}): Job => ({
    kind: 'task',
    name,
    expected,
    ...common,
    submission: {
      item: {
        $case: 'task',
        value: {
          task: name,
          paramsJson: JSON.stringify({ tag, ...params }),
          priority: random.pick(['', '', 'high', 'low']),
          requestId,
          queue: '',
          ...more,
        },
      },
    },
  });
  const workflow = (name: string, expected: Expectation, params: object = {}): Job => ({
    kind: 'workflow',
    name,
    expected,
    ...common,
    submission: {
      item: {
        $case: 'workflow',
        value: { workflow: name, paramsJson: JSON.stringify({ tag, n, ...params }), priority: '', requestId },
      },
    },
  });
  const doubled: Expectation = { status: 'success', output: String(n * 2) };
  switch (chosen) {
    case 'double':
    case 'shell':
    case 'limited':
    case 'flaky':
      return task(chosen, { n }, doubled);
    case 'later':
      return task('double', { n }, doubled, { runAt: new Date(Date.now() + random.int(500, 8000)) });
    case 'keyed':
      return task('keyed', { n, host: `h${random.int(1, 3)}` }, doubled);
    case 'unique': {
      const unique = { key: `key ${random.int(1, 3)}`, scope: '', onConflict: '' };
      return task('nap', { ms: 500 }, { status: 'success', output: '500' }, { unique });
    }
    case 'nap': {
      const ms = random.int(50, 3000);
      return task('nap', { ms }, { status: 'success', output: String(ms) });
    }
    case 'blockade': {
      const ms = leaseMs + 1000;
      return task('blockade', { ms }, { status: 'success', output: String(ms) });
    }
    case 'doomed':
    case 'overtime':
      return task(chosen, {}, { status: 'failed' });
    case 'mendable':
      return { ...task(chosen, { n }, { status: 'success', output: String(n + 1) }), again: true };
    case 'endless':
    case 'stubborn':
    case 'pushed-endless': {
      const name = chosen === 'pushed-endless' ? placed(chosen) : chosen;
      const cancelled = task(name, { journal: pushJournal }, { status: 'cancelled' });
      return { ...cancelled, cancelAfterMs: random.int(0, 4000) };
    }
    case 'pushed':
      return task(placed(chosen), { journal: pushJournal }, { status: 'success' });
    case 'pushed-doomed':
      return task(placed(chosen), { journal: pushJournal }, { status: 'failed' });
    case 'fan':
      return workflow('fan', { status: 'success', output: JSON.stringify({ sum: n * 5 + 5 }) });
    case 'narrow':
      return workflow('narrow', { status: 'success', output: JSON.stringify({ second: n + 1 }) });
    case 'relay':
      return workflow(
        'relay',
        { status: 'success', output: JSON.stringify({ last: n * 2 }) },
        { journal: pushJournal },
      );
    case 'mended':
      return { ...workflow('mended', { status: 'success', output: JSON.stringify({ third: n + 1 }) }), again: true };
    case 'broken':
      return workflow('broken', { status: 'failed' });
    case 'cancelled':
      return { ...workflow('cancelled', { status: 'cancelled' }), cancelAfterMs: random.int(0, 4000) };
  }
}
