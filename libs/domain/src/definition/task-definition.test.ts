import fc from 'fast-check';
import { InvalidInput } from '../error/invalid-input.js';
import { definitionHash } from './definition-hash.js';
import { parseTaskDefinition } from './parse-definition.js';

function violationsOf(input: unknown): Record<string, string> {
  try {
    parseTaskDefinition(input);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return Object.fromEntries(error.violations.map(({ field, description }) => [field, description]));
  }
  return {};
}

test('a name is enough: the rest has defaults', () => {
  expect(parseTaskDefinition({ name: 'load' })).toEqual({
    name: 'load',
    active: true,
    run: { handler: 'load' },
    queue: 'default',
    default_priority: 'normal',
    retries: 0,
    retry_delay_ms: 10_000,
    retry: {
      factor: 1,
      max_delay_ms: 3_600_000,
      jitter: 0,
      retry_on: [],
      stop_on: [],
      exit_codes: { retry: [], stop: [] },
    },
    infra_retries: 3,
    schedule: [],
  });
});

test('what is written short is stored in full', () => {
  expect(
    parseTaskDefinition({
      name: 'load',
      bash: 'wc -l',
      env: { LANG: 'C' },
      input_file: 'file:/tmp/in',
      timeout: '5m',
      start_timeout: 90,
      retry_delay: 'PT2H',
      retry: { factor: 2 },
      sla: '2h',
      schedule: '0 6 * * *',
      start_date: '2026-01-01',
    }),
  ).toMatchObject({
    run: { bash: 'wc -l', env: { LANG: 'C' }, input_file: 'file:/tmp/in' },
    timeout_ms: 300_000,
    start_timeout_ms: 90_000,
    retry_delay_ms: 7_200_000,
    retry: { factor: 2, max_delay_ms: 7_200_000 },
    sla: { finish_within_ms: 7_200_000 },
    schedule: [{ cron: '0 6 * * *', timezone: 'UTC', start_date: '2026-01-01' }],
  });
});

test('a script may hold braces, its variables and addresses references', () => {
  const run = {
    bash: "docker ps --format '{{.Names}}'",
    env: { CITY: '{{ params.city }}' },
    output_file: 'file:/data/{{ run.id }}.txt',
    input_file: '{{ params.source }}',
  };
  expect(parseTaskDefinition({ name: 'load', ...run }).run).toEqual(run);
});

test('the dates of the task hold for each schedule that has none of its own', () => {
  const { schedule } = parseTaskDefinition({
    name: 'load',
    start_date: '2026-01-01',
    end_date: '2026-12-31',
    schedule: [{ cron: '0 6 * * *', start_date: '2026-06-01' }, { every: '1h' }],
  });
  expect(schedule).toMatchObject([
    { start_date: '2026-06-01', end_date: '2026-12-31' },
    { start_date: '2026-01-01', end_date: '2026-12-31' },
  ]);
});

test.each<[object, string, string]>([
  [{ name: 'lo ad' }, 'name', 'got "lo ad", wanted 1 to 200 letters'],
  [{ name: '' }, 'name', 'got "", wanted'],
  [{ name: 'n'.repeat(201) }, 'name', '(201 characters), wanted'],
  [{ name: "x'; drop table task_records; --" }, 'name', 'wanted 1 to 200 letters'],
  [{ name: undefined }, 'name', 'is missing, wanted'],
  [{ retires: 3 }, 'retires', 'is not a known key; did you mean "retries"?'],
  [{ retryDelay: 3 }, 'retryDelay', 'did you mean "retry_delay"?'],
  [{ retry: { max_dely: 1 } }, 'retry.max_dely', 'did you mean "max_delay"?'],
  [{ retry: { jitter: 2 } }, 'retry.jitter', 'got 2, wanted a number from 0 to 1'],
  [{ retry: { stop_on: ['oom'] } }, 'retry.stop_on[0]', 'got "oom", wanted a reason in capitals'],
  [{ retry: { exit_codes: { retry: [256] } } }, 'retry.exit_codes.retry[0]', 'wanted a whole number from 0 to 255'],
  [
    { retry_delay: '1h', retry: { max_delay: '1m' } },
    'retry.max_delay',
    'got "1m", wanted at least retry_delay, which is 1h',
  ],
  [{ retries: 1.5 }, 'retries', 'got 1.5, wanted a whole number from 0 to 1000'],
  [{ retries: null }, 'retries', 'got null, wanted a whole number'],
  [{ timeout: 'soon' }, 'timeout', 'got "soon", wanted a duration such as'],
  [{ timeout: 0 }, 'timeout', 'longer than 0'],
  [{ timeout: 1, timeout_ms: 1000 }, 'timeout', 'is given in two ways'],
  [{ sla: 'x' }, 'sla', 'got "x", wanted a duration'],
  [{ sla: { finish_within: -1 } }, 'sla.finish_within', 'got -1, wanted a duration'],
  [{ sla: { expected_by: '24:00' } }, 'sla.expected_by', 'got "24:00", wanted a time of day'],
  [{ sla: { expected_by: '06:30' } }, 'sla.expected_by', 'got "06:30", wanted a schedule with it'],
  [{ default_priority: 'urgent' }, 'default_priority', 'got "urgent", wanted one of critical, high, normal, low'],
  [{ concurrency: 0 }, 'concurrency', 'got 0, wanted a whole number from 1'],
  [{ bash: 'x', handler: 'y' }, 'bash', 'wanted either a handler or bash, not both'],
  [{ bash: 5 }, 'bash', 'got 5, wanted text'],
  [{ bash: 'x', run: { bash: 'y' } }, 'bash', 'is given in two ways'],
  [{ run: 'x' }, 'run', 'got "x", wanted an object with either handler or bash'],
  [{ run: { bsh: 'x' } }, 'run.bsh', 'did you mean "bash"?'],
  [{ handler: 'x', output_file: 'file:/x' }, 'output_file', 'only a command has output_file'],
  [{ bash: 'x', output_file: 'ftp://x/y' }, 'output_file', 'wanted an address that begins with file:'],
  [{ bash: 'x', env: { A: '{{ params.x' } }, 'env.A', 'has no closing }}'],
  [{ bash: 'x', env: { A: '{{ tasks.b.output }}' } }, 'run.env.A', 'wanted references to params or run'],
  [{ bash: 'x', env: { '1A': 'x' } }, 'env.1A', 'got "1A", wanted a name of letters'],
  [{ labels: { gpu: true } }, 'labels.gpu', 'got true, wanted text'],
  [{ limits: [{ key: '{{ run.id }}', max: 1 }] }, 'limits[0].key', 'wanted references to params only'],
  [{ limits: [{ key: '{{ params.x', max: 1 }] }, 'limits[0].key', 'has no closing }}'],
  [{ params: { type: 'object', properties: { a: { type: 'text' } } } }, 'params', 'wanted a JSON Schema'],
  [{ params: 'a' }, 'params', 'got "a", wanted an object'],
  [
    { params: { type: 'object', properties: { n: { type: 'integer' } }, required: ['m'] }, defaults: { n: 'x' } },
    'defaults.n',
    'got "x", wanted an integer',
  ],
  [{ schedule: 'bad' }, 'schedule', '"bad"'],
  [
    { schedule: ['0 6 * * *', { cron: '0 6 * * *', timezone: 'Mars/Olympus' }] },
    'schedule[1].timezone',
    'Mars/Olympus',
  ],
  [
    { schedule: '0 6 * * *', params: { type: 'object', required: ['day'] } },
    'schedule',
    'params.day: is missing, wanted a value; wanted a default for it',
  ],
  [{ start_date: 'tomorrow' }, 'start_date', 'got "tomorrow", wanted a date'],
  [{ start_date: '2026-02-01', end_date: '2026-01-01' }, 'end_date', 'wanted a date that is not before 2026-02-01'],
  [{ push: { image: 'x' } }, 'push_destination', 'is missing, wanted the destination that push is for'],
  [{ push_destination: 'k8s', push: { x: 'y'.repeat(70_000) } }, 'push', 'wanted at most 64 KiB'],
])('%j: violation at %s', (fields, field, description) => {
  expect(violationsOf({ name: 'load', ...fields })).toEqual({
    [field]: expect.stringContaining(description),
  });
});

test('all faults are told at once', () => {
  expect(Object.keys(violationsOf({ name: '?', retries: -1, timeout: 'x', colour: 'red' })).sort()).toEqual([
    'colour',
    'name',
    'retries',
    'timeout',
  ]);
});

test.each([undefined, null, 'load', 5, [], () => 1])('%p is no task', (input) => {
  expect(() => parseTaskDefinition(input)).toThrow(InvalidInput);
});

test('a definition beyond 1 MiB is refused with what to do', () => {
  expect(() => parseTaskDefinition({ name: 'load', description: 'x'.repeat(1024 * 1024) })).toThrow(
    expect.objectContaining({
      reason: 'DEFINITION_TOO_LARGE',
      message: expect.stringMatching(
        /^task "load": .*wanted at most 1024 KiB of JSON; move data and scripts out of it/,
      ),
    }),
  );
});

const duration = fc.constantFrom<string | number>('30s', '1h30m', 'PT5M', 300, 0.5);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const anyTask = fc
  .record({
    name: fc.constantFrom('load', 'etl.load-2', '9'),
    title: optional(fc.string({ maxLength: 20 }).map((title) => title.replaceAll('\0', ''))),
    active: optional(fc.boolean()),
    bash: optional(fc.constantFrom('true', 'exit 1')),
    queue: optional(fc.constant('slow')),
    labels: optional(fc.constant({ gpu: 'yes' })),
    default_priority: optional(fc.constantFrom('critical', 'low')),
    retries: optional(fc.integer({ min: 0, max: 1000 })),
    retry_delay: optional(duration),
    retry: optional(
      fc.record({ factor: fc.constantFrom(1, 2.5), stop_on: fc.constant(['OOM']), max_delay: fc.constant('2h') }),
    ),
    timeout: optional(duration),
    sla: optional(fc.oneof(duration, fc.record({ start_within: duration, expected_by: fc.constant('06:30') }))),
    concurrency: optional(fc.integer({ min: 1, max: 100 })),
    limits: optional(fc.constant([{ key: 'db-{{ params.city }}', max: 2 }])),
    params: optional(fc.constant({ type: 'object', properties: { city: { type: 'string', default: 'Oslo' } } })),
    schedule: optional(
      fc.constantFrom<unknown>('0 6 * * *', { every: '5m', jitter: '30s' }, ['@daily', { cron: '0 6 * * 1' }]),
    ),
    start_date: optional(fc.constant('2026-01-01')),
  })
  .map(({ sla, ...task }) => ({ ...task, sla: task.schedule === undefined && typeof sla === 'object' ? '1h' : sla }));

test('a stored definition reads as itself', () => {
  fc.assert(
    fc.property(anyTask, (input) => {
      const stored: unknown = JSON.parse(JSON.stringify(parseTaskDefinition(input)));
      expect(parseTaskDefinition(stored)).toEqual(stored);
    }),
  );
});

test('the hash is that of the meaning: not of the order, the spelling or the switch', () => {
  const hash = definitionHash(parseTaskDefinition({ name: 'load', timeout: '5m', bash: 'true' }));
  const same = [
    { bash: 'true', timeout: 300, name: 'load' },
    { name: 'load', timeout_ms: 300_000, run: { bash: 'true' }, retries: 0 },
    { name: 'load', timeout: 'PT5M', bash: 'true', active: false },
  ];
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  for (const input of same) expect(definitionHash(parseTaskDefinition(input))).toBe(hash);
  const different = [
    { name: 'load', timeout: '6m', bash: 'true' },
    { name: 'load', timeout: '5m', bash: 'false' },
    { name: 'load', timeout: '5m', bash: 'true', retries: 1 },
    { name: 'load', timeout: '5m', bash: 'true', title: 'Load' },
  ];
  for (const input of different) expect(definitionHash(parseTaskDefinition(input))).not.toBe(hash);
});
