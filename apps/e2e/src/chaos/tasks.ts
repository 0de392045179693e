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

const journalled = { type: 'object', properties: { tag, journal: tag }, required: ['journal'] } as const;

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

/** Fails once and for all; the client that sees it asks for another go, which succeeds. */
export const mendable = task({
  name: 'mendable',
  infraRetries,
  params: numbered,
  run: ({ attempt }, { n }) => {
    if (attempt === 1) throw new Error('it is not mended yet');
    return n + 1;
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

/** Its command ends by a cancel alone; none may be left when its worker is killed. */
export const stubborn = task({
  name: 'stubborn',
  infraRetries,
  params: journalled,
  bash: 'sleep 600 & wait',
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

const RAN = 'echo "$TASKFLOW_TASK_INSTANCE_ID" >> "$TASKFLOW_PARAM_JOURNAL"';

export const pushed = task({
  name: 'pushed',
  infraRetries,
  retries: 0,
  params: journalled,
  pushDestination: 'here',
  bash: `${RAN}; sleep 0.3`,
});

export const pushedDoomed = task({
  name: 'pushed-doomed',
  infraRetries,
  retries: 1,
  retryDelay: '200ms',
  params: journalled,
  pushDestination: 'here',
  bash: `${RAN}; exit 3`,
});

/** Ends by a cancel alone, which must end the job. */
export const pushedEndless = task({
  name: 'pushed-endless',
  infraRetries,
  params: journalled,
  pushDestination: 'here',
  bash: `${RAN}; sleep 600 & wait`,
});

export const tick = task({
  name: 'tick',
  infraRetries,
  schedule: { cron: '* * * * * *', misfire: 'all', maxCatchup: 10_000 },
  run: () => 'tock',
});

/** Takes longer than its schedule's interval: what comes meanwhile is skipped. */
export const turn = task({
  name: 'turn',
  infraRetries,
  schedule: { cron: '* * * * * *', misfire: 'all', maxCatchup: 10_000, overlap: 'skip' },
  run: ({ signal }) => pause(1500, 'turned', { signal }),
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

/** Through a worker, a push destination and a limit. */
export const relay = workflow({
  name: 'relay',
  params: {
    type: 'object',
    properties: { tag, n: { type: 'integer' }, journal: tag },
    required: ['n', 'journal'],
  } as const,
  tasks: {
    first: step,
    away: { task: pushed, params: { journal: '{{ params.journal }}' }, dependsOn: ['first'] },
    last: { task: limited, params: { n: '{{ params.n }}' }, dependsOn: ['away'] },
  },
});

/** Fails in the middle; the client that sees it runs what failed again. */
export const mended = workflow({
  name: 'mended',
  params: numbered,
  tasks: {
    first: step,
    second: { task: mendable, params: { n: '{{ params.n }}' }, dependsOn: ['first'] },
    third: { task: sum, dependsOn: ['second'] },
  },
});
