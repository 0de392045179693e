import { setTimeout as pause } from 'node:timers/promises';
import { task, workflow } from '@taskflow/sdk';

// What the load consists of. Every output can be foretold from the params, so that a wrong one is noticed.

/** Losses are what the run is made of: they must not quarantine an instance that did nothing wrong. */
const infraRetries = 1000;
const tag = { type: 'string' } as const;
const numbered = {
  type: 'object',
  properties: { tag, n: { type: 'integer' } },
  required: ['n'],
} as const;

export const double = task({ name: 'double', infraRetries, params: numbered, run: (_context, { n }) => n * 2 });

export const nap = task({
  name: 'nap',
  infraRetries,
  params: { type: 'object', properties: { tag, ms: { type: 'integer' } }, required: ['ms'] } as const,
  run: async ({ signal }, { ms }) => {
    await pause(ms, undefined, { signal });
    return ms;
  },
});

/** Holds the thread of the worker for longer than its lease would last without a heartbeat. */
export const blockade = task({
  name: 'blockade',
  infraRetries,
  params: { type: 'object', properties: { tag, ms: { type: 'integer' } }, required: ['ms'] } as const,
  run: (_context, { ms }) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return ms;
  },
});

export const flaky = task({
  name: 'flaky',
  infraRetries,
  retries: 3,
  retryDelay: '200ms',
  params: numbered,
  run: ({ attempt }, { n }) => {
    if (attempt <= 2) throw new Error(`attempt ${attempt} fails`);
    return n * 2;
  },
});

export const doomed = task({
  name: 'doomed',
  infraRetries,
  retries: 1,
  retryDelay: '200ms',
  run: () => {
    throw new Error('it always fails');
  },
});

export const overtime = task({
  name: 'overtime',
  infraRetries,
  timeout: '700ms',
  run: ({ signal }) => pause(600_000, undefined, { signal }),
});

/** Ends by a cancel alone. */
export const endless = task({
  name: 'endless',
  infraRetries,
  run: ({ signal }) => pause(600_000, undefined, { signal }),
});

export const shell = task({
  name: 'shell',
  infraRetries,
  params: numbered,
  bash: 'echo working; sleep 0.2; echo $((TASKFLOW_PARAM_N * 2)) > "$TASKFLOW_OUTPUT"',
});

export const limited = task({
  name: 'limited',
  infraRetries,
  concurrency: 3,
  params: numbered,
  run: async ({ signal }, { n }) => {
    await pause(150, undefined, { signal });
    return n * 2;
  },
});

export const keyed = task({
  name: 'keyed',
  infraRetries,
  params: { type: 'object', properties: { tag, n: { type: 'integer' }, host: tag }, required: ['n', 'host'] } as const,
  limits: [{ key: 'host {{ params.host }}', max: 2 }],
  run: async ({ signal }, { n }) => {
    await pause(150, undefined, { signal });
    return n * 2;
  },
});

export const pushed = task({
  name: 'pushed',
  infraRetries,
  retries: 0,
  params: { type: 'object', properties: { tag, journal: tag }, required: ['journal'] } as const,
  pushDestination: 'here',
  bash: 'echo "$TASKFLOW_TASK_INSTANCE_ID" >> "$TASKFLOW_PARAM_JOURNAL"; sleep 0.3',
});

export const tick = task({
  name: 'tick',
  infraRetries,
  schedule: { cron: '* * * * * *', misfire: 'all', maxCatchup: 10_000 },
  run: () => 'tock',
});

const part = task({ name: 'part', infraRetries, params: numbered, run: (_context, { n }) => n + 1 });
const step = { task: part, params: { n: '{{ params.n }}' } } as const;

const sum = task({
  name: 'sum',
  infraRetries,
  run: ({ inputs }) => Object.values(inputs).reduce<number>((total, value) => total + Number(value), 0),
});

/** Five side by side, then their sum: n × 5 + 5. */
export const fan = workflow({
  name: 'fan',
  params: numbered,
  tasks: {
    one: step,
    two: step,
    three: step,
    four: step,
    five: step,
    sum: { task: sum, dependsOn: ['one', 'two', 'three', 'four', 'five'] },
  },
});

/** One branch fails; what stands behind it is skipped, and the run fails. */
export const broken = workflow({
  name: 'broken',
  params: numbered,
  tasks: {
    good: step,
    bad: { task: task({ name: 'bad', infraRetries, run: () => Promise.reject(new Error('it always fails')) }) },
    after: { task: sum, dependsOn: ['good', 'bad'] },
  },
});

/** Its second step ends by a cancel alone. */
export const cancelled = workflow({
  name: 'cancelled',
  params: numbered,
  tasks: {
    first: step,
    second: { task: endless, dependsOn: ['first'] },
  },
});

/** Two runs at a time. */
export const narrow = workflow({
  name: 'narrow',
  concurrency: 2,
  params: numbered,
  tasks: {
    first: step,
    second: { task: sum, dependsOn: ['first'] },
  },
});
