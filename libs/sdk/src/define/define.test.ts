import { definitionHash, parseTaskDefinition, parseWorkflowDefinition } from '@taskflow/domain';
import { parse } from 'yaml';
import { z } from 'zod';
import { compile } from './compile.js';
import { isNonRetryable, type RunContext } from './run-context.js';
import { isTask, task, type GivenOf, type OutputOf } from './task.js';
import { isWorkflow, workflow } from './workflow.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_same: Same<A, B>): void => undefined;

describe('the same definition in code and in YAML', () => {
  test('of a task with everything', () => {
    const everything = task({
      name: 'load',
      title: 'Load',
      description: 'Loads.',
      bash: 'psql -f load.sql',
      env: { PGHOST: '{{ params.host }}' },
      inputFile: 'https://example.org/rows',
      outputFile: 'file:///tmp/out',
      queue: 'etl',
      labels: { disk: 'ssd' },
      defaultPriority: 'high',
      retries: 3,
      retryDelay: '10s',
      retry: {
        factor: 2,
        maxDelay: '5m',
        jitter: 0.1,
        retryOn: ['EXIT_CODE'],
        stopOn: ['OOM'],
        exitCodes: { retry: [75], stop: [64] },
      },
      infraRetries: 5,
      timeout: '1h',
      startTimeout: '2h',
      concurrency: 2,
      limits: [{ key: 'host {{ params.host }}', max: 4 }],
      sla: { startWithin: '10m', finishWithin: '2h', expectedBy: '06:30' },
      params: { type: 'object', properties: { host: { type: 'string' } }, required: ['host'] },
      defaults: { host: 'db' },
      schedule: [
        {
          cron: '0 6 * * *',
          timezone: 'America/New_York',
          dstGap: 'skip',
          dstOverlap: 'both',
          misfire: 'all',
          maxLateness: '1h',
          maxCatchup: 3,
          overlap: 'skip',
        },
        '@hourly',
      ],
      startDate: '2026-01-01',
      endDate: '2026-12-31',
    });
    const yaml = `
      name: load
      title: Load
      description: Loads.
      bash: psql -f load.sql
      env: { PGHOST: '{{ params.host }}' }
      input_file: https://example.org/rows
      output_file: file:///tmp/out
      queue: etl
      labels: { disk: ssd }
      default_priority: high
      retries: 3
      retry_delay: 10s
      retry: { factor: 2, max_delay: 5m, jitter: 0.1, retry_on: [EXIT_CODE], stop_on: [OOM], exit_codes: { retry: [75], stop: [64] } }
      infra_retries: 5
      timeout: 1h
      start_timeout: 2h
      concurrency: 2
      limits: [{ key: 'host {{ params.host }}', max: 4 }]
      sla: { start_within: 10m, finish_within: 2h, expected_by: '06:30' }
      params: { type: object, properties: { host: { type: string } }, required: [host] }
      defaults: { host: db }
      schedule:
        - { cron: 0 6 * * *, timezone: America/New_York, dst_gap: skip, dst_overlap: both, misfire: all, max_lateness: 1h, max_catchup: 3, overlap: skip }
        - '@hourly'
      start_date: '2026-01-01'
      end_date: '2026-12-31'`;
    const [compiled] = compile({ tasks: [everything] }).definitions;
    const code = parseTaskDefinition(compiled?.spec);
    expect(code).toEqual(parseTaskDefinition(parse(yaml)));
    expect(definitionHash(code)).toBe(definitionHash(parseTaskDefinition(parse(yaml))));
  });

  test('of a workflow', () => {
    const extract = task({ retries: 2, run: () => ({ rows: 3 }) });
    const notify = task({ name: 'notify', bash: 'echo done' });
    const daily = workflow({
      name: 'daily',
      schedule: '0 6 * * *',
      timeout: '1h',
      failurePolicy: 'continue',
      params: { type: 'object', properties: { day: { type: 'string' } } },
      tasks: {
        extract,
        notify: {
          task: notify,
          dependsOn: ['extract'],
          trigger: 'all_done',
          allowFailure: true,
          params: { n: '{{ tasks.extract.output.rows }}' },
        },
        other: { task: 'registered-elsewhere', dependsOn: ['notify'] },
      },
    });
    const yaml = `
      name: daily
      schedule: 0 6 * * *
      timeout: 1h
      failure_policy: continue
      params: { type: object, properties: { day: { type: string } } }
      tasks:
        - { key: extract, handler: daily.extract, retries: 2 }
        - { key: notify, task: notify, depends_on: [extract], trigger: all_done, allow_failure: true, params: { n: '{{ tasks.extract.output.rows }}' } }
        - { key: other, task: registered-elsewhere, depends_on: [notify] }`;
    const { definitions, handlers } = compile({ workflows: [daily] });
    expect(definitions.map(({ kind, spec }) => [kind, spec['name']])).toEqual([
      ['task', 'notify'],
      ['workflow', 'daily'],
    ]);
    const code = parseWorkflowDefinition(definitions[1]?.spec);
    expect(code).toEqual(parseWorkflowDefinition(parse(yaml)));
    expect([...handlers.keys()]).toEqual(['daily.extract']);
  });
});

describe('types', () => {
  test('params of a JSON Schema: what a submission gives, what a handler gets', () => {
    const report = task({
      params: {
        type: 'object',
        properties: {
          day: { type: 'string' },
          limit: { type: 'integer', default: 10 },
          mode: { enum: ['fast', 'full'] },
          tags: { type: 'array', items: { type: ['string', 'null'] } },
        },
        required: ['day', 'mode'],
      },
      run(_context, params) {
        same<typeof params, { day: string; limit: number; mode: 'fast' | 'full'; tags?: (string | null)[] }>(true);
        return { rows: params.limit };
      },
    });
    expect(isTask(report)).toBe(true);
    same<OutputOf<typeof report>, { rows: number }>(true);
    same<GivenOf<typeof report>, { day: string; mode: 'fast' | 'full'; limit?: number; tags?: (string | null)[] }>(
      true,
    );
  });

  test('params of zod become a JSON Schema', () => {
    const report = task({
      name: 'report',
      params: z.object({ day: z.iso.date(), limit: z.int().default(10) }),
      run(_context, params) {
        same<typeof params, { day: string; limit: number }>(true);
        return params.day;
      },
    });
    same<GivenOf<typeof report>, { day: string; limit?: number | undefined }>(true);
    expect(compile({ tasks: [report] }).definitions[0]?.spec['params']).toMatchObject({
      type: 'object',
      properties: { day: { type: 'string', format: 'date' }, limit: { default: 10 } },
      required: ['day'],
    });
  });

  test('tasks of a workflow may be made in a loop', () => {
    const step = task({ run: () => 1 });
    const steps = ['a', 'b', 'c'].map((key, index, keys) => {
      return [key, { task: step, dependsOn: index === 0 ? [] : [keys[index - 1] ?? ''] }] as const;
    });
    const nodes = workflow({ name: 'w', tasks: Object.fromEntries(steps) }).nodes;
    expect(nodes.map(({ key, dependsOn }) => [key, dependsOn])).toEqual([
      ['a', []],
      ['b', ['a']],
      ['c', ['b']],
    ]);
  });

  test('a workflow refuses unknown dependencies and params', () => {
    const a = task({ run: () => 1 });
    const b = task({ params: { type: 'object', properties: { n: { type: 'number' } } }, run: () => 1 });
    // @ts-expect-error "c" is no task of the workflow
    workflow({ name: 'w', tasks: { a, b: { task: b, dependsOn: ['c'] } } });
    // @ts-expect-error a task cannot wait for itself
    workflow({ name: 'w', tasks: { a, b: { task: b, dependsOn: ['b'] } } });
    // @ts-expect-error "m" is no param of b
    workflow({ name: 'w', tasks: { a, b: { task: b, params: { m: 1 } } } });
    expect(
      workflow({ name: 'w', tasks: { a, b: { task: b, dependsOn: ['a'], params: { n: '{{ params.n }}' } } } }).nodes,
    ).toHaveLength(2);
  });

  test('inputs are typed by what they come from', () => {
    const extract = task({ run: () => ({ rows: 3 }) });
    expect(isTask(extract)).toBe(true);
    const load = task({
      run: ({ inputs }: RunContext<{ extract: OutputOf<typeof extract> }>) => inputs.extract.rows + 1,
    });
    same<OutputOf<typeof load>, number>(true);
    expect(isTask(load)).toBe(true);
  });
});

test('objects of another copy of the package are recognised', () => {
  const other = { [Symbol.for('taskflow.task')]: 1, name: 'x', options: { run: () => 1 } };
  expect(isTask(other)).toBe(true);
  expect(isWorkflow({ [Symbol.for('taskflow.workflow')]: 1 })).toBe(true);
  expect(isNonRetryable(Object.assign(new Error('x'), { [Symbol.for('taskflow.non_retryable')]: true }))).toBe(true);
  expect([isTask({}), isTask(null), isWorkflow('x'), isNonRetryable(new Error('x'))]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

describe('mistakes are named', () => {
  test.each([
    ['neither run nor bash', () => task({ name: 'x' } as never), /task x: give either run or bash, got neither/],
    ['both', () => task({ bash: 'x', run: () => 1 } as never), /got both/],
    ['no name', () => compile({ tasks: [task({ run: () => 1 })] }), /outside a workflow needs a name/],
    [
      'one name twice',
      () => compile({ tasks: [task({ name: 'a', bash: 'x' }), task({ name: 'a', bash: 'y' })] }),
      /two different tasks are called "a"/,
    ],
    [
      'a schema that cannot say itself',
      () => compile({ tasks: [task({ name: 'a', bash: 'x', params: { '~standard': { vendor: 'old' } } })] }),
      /update it/,
    ],
  ])('%s', (_name, make, message) => {
    expect(make).toThrow(message);
  });
});
