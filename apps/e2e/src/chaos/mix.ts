import type { Submission } from '@taskflow/proto/taskflow/v1/submissions.js';
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
  /** Shares an instance with others of this key. */
  readonly uniqueKey?: string;
}

const WEIGHTS = {
  double: 8,
  nap: 4,
  blockade: 0.3,
  flaky: 4,
  doomed: 2,
  overtime: 2,
  endless: 2,
  shell: 4,
  limited: 6,
  keyed: 4,
  pushed: 3,
  unique: 3,
  later: 2,
  fan: 3,
  broken: 2,
  cancelled: 2,
  narrow: 3,
} as const;

/** The next job of the load. `tag` marks its instance in the params, so that a second one of the same submission is seen. */
export function nextJob(random: Random, tag: string, leaseMs: number, pushJournal: string): Job {
  const n = random.int(1, 1_000_000);
  const chosen = random.weighted(WEIGHTS);
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
  const workflow = (name: string, expected: Expectation): Job => ({
    kind: 'workflow',
    name,
    expected,
    ...common,
    submission: {
      item: {
        $case: 'workflow',
        value: { workflow: name, paramsJson: JSON.stringify({ tag, n }), priority: '', requestId },
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
      const uniqueKey = `key ${random.int(1, 3)}`;
      const unique = { key: uniqueKey, scope: '', onConflict: '' };
      return { ...task('nap', { ms: 500 }, { status: 'success', output: '500' }, { unique }), uniqueKey };
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
    case 'endless':
      return { ...task('endless', {}, { status: 'cancelled' }), cancelAfterMs: random.int(0, 4000) };
    case 'pushed':
      return task('pushed', { journal: pushJournal }, { status: 'success' });
    case 'fan':
      return workflow('fan', { status: 'success', output: JSON.stringify({ sum: n * 5 + 5 }) });
    case 'narrow':
      return workflow('narrow', { status: 'success', output: JSON.stringify({ second: n + 1 }) });
    case 'broken':
      return workflow('broken', { status: 'failed' });
    case 'cancelled':
      return { ...workflow('cancelled', { status: 'cancelled' }), cancelAfterMs: random.int(0, 4000) };
  }
}
