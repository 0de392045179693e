import fc from 'fast-check';
import { InvalidInput } from '../error/invalid-input.js';
import { definitionHash } from './definition-hash.js';
import { parseDefinitionFile, parseWorkflowDefinition } from './parse-definition.js';

function violationsOf(run: () => unknown): Record<string, string> {
  try {
    run();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return Object.fromEntries(error.violations.map(({ field, description }) => [field, description]));
  }
  return {};
}

const ofTasks = (tasks: unknown) => violationsOf(() => parseWorkflowDefinition({ name: 'etl', tasks }));

test('keys alone name registered tasks', () => {
  expect(
    parseWorkflowDefinition({ name: 'etl', tasks: [{ key: 'a' }, { key: 'b', task: 'load', depends_on: 'a' }] }),
  ).toEqual({
    name: 'etl',
    active: true,
    default_priority: 'normal',
    failure_policy: 'finish_running',
    schedule: [],
    tasks: [
      { key: 'a', task: 'a', depends_on: [], trigger: 'all_success', allow_failure: false },
      { key: 'b', task: 'load', depends_on: ['a'], trigger: 'all_success', allow_failure: false },
    ],
  });
});

test('fields of a task written on its place make it the own task of the workflow', () => {
  const { tasks } = parseWorkflowDefinition({
    name: 'etl',
    default_priority: 'high',
    tasks: [
      { key: 'a', bash: 'true', retries: 2, timeout: '1m', params: { x: 1 } },
      { key: 'b', depends_on: ['a'], inline: { default_priority: 'low' } },
    ],
  });
  expect(tasks).toMatchObject([
    {
      task: 'etl.a',
      params: { x: 1 },
      inline: { name: 'etl.a', run: { bash: 'true' }, retries: 2, timeout_ms: 60_000, default_priority: 'high' },
    },
    { task: 'etl.b', inline: { name: 'etl.b', run: { handler: 'etl.b' }, default_priority: 'low' } },
  ]);
  expect(tasks[0]?.inline?.params).toBeUndefined();
});

test.each<[unknown, string, string]>([
  [[], 'tasks', 'wanted a list of 1 to 10000 tasks'],
  [undefined, 'tasks', 'is missing, wanted a list'],
  [[{ key: 'a' }, 'b'], 'tasks[1]', 'got "b", wanted an object that describes a task of the workflow'],
  [[{ task: 'a' }], 'tasks[0].key', 'is missing, wanted 1 to 200'],
  [[{ key: 'a', retires: 1 }], 'tasks[0].retires', 'did you mean "retries"?'],
  [[{ key: 'a', depend_on: [] }], 'tasks[0].depend_on', 'did you mean "depends_on"?'],
  [[{ key: 'a', retries: -1 }], 'tasks[0].retries', 'got -1, wanted a whole number'],
  [[{ key: 'a', bash: 7 }], 'tasks[0].bash', 'got 7, wanted text'],
  [[{ key: 'a', inline: { bash: 7 } }], 'tasks[0].inline.bash', 'got 7, wanted text'],
  [[{ key: 'a', inline: { bash: 'x' }, retries: 1 }], 'tasks[0].retries', 'is given in two ways'],
  [[{ key: 'a', task: 'load', bash: 'x' }], 'tasks[0].task', 'wanted either a registered task or fields of its own'],
  [[{ key: 'a', bash: 'x', name: 'mine' }], 'tasks[0].name', 'wanted no name: within this workflow it is "etl.a"'],
  [[{ key: 'a', bash: 'x', schedule: '@daily' }], 'tasks[0].schedule', 'wanted no schedule'],
  [[{ key: 'a', bash: 'x', sla: { expected_by: '06:30' } }], 'tasks[0].sla.expected_by', 'wanted a schedule with it'],
  [[{ key: 'a', bash: 'x', end_date: '2026-01-01' }], 'tasks[0].end_date', 'wanted no schedule'],
  [[{ key: 'a', trigger: 'any' }], 'tasks[0].trigger', 'wanted one of all_success'],
  [[{ key: 'a', depends_on: [''] }], 'tasks[0].depends_on[0]', 'got "", wanted'],
  [[{ key: 'a' }, { key: 'b', depends_on: ['A'] }], 'tasks[1].depends_on[0]', 'did you mean "a"?'],
  [[{ key: 'a', depends_on: ['a'] }], 'tasks[0].depends_on[0]', 'it cannot wait for itself'],
  [[{ key: 'a' }, { key: 'a' }], 'tasks[1].key', 'got "a", wanted a key that no task before it has'],
  [
    [
      { key: 'a', depends_on: ['c'] },
      { key: 'b', depends_on: ['a'] },
      { key: 'c', depends_on: ['b'] },
    ],
    'tasks[0].depends_on',
    'a → c → b → a',
  ],
  [[{ key: 'a', params: { x: ['{{ params.y'] } }], 'tasks[0].params.x[0]', 'has no closing }}'],
  [
    [{ key: 'a', params: { x: '{{ tasks.b.output }}' } }, { key: 'b' }],
    'tasks[0].params.x',
    'add "b" to depends_on of "a"',
  ],
  [
    [{ key: 'a' }, { key: 'b', depends_on: ['a'], params: { x: '{{ tasks.c.output }}' } }],
    'tasks[1].params.x',
    'there is no such task',
  ],
  [
    [
      { key: 'a' },
      { key: 'b', depends_on: ['a'] },
      { key: 'c', depends_on: ['a'], params: { x: '{{ tasks.b.output }}' } },
    ],
    'tasks[2].params.x',
    'add "b" to depends_on of "c"',
  ],
])('%j: violation at %s', (tasks, field, description) => {
  expect(ofTasks(tasks)).toEqual({ [field]: expect.stringContaining(description) });
});

test('variables of a command reference outputs as params do', () => {
  const command = { key: 'b', bash: 'wc "$FILE"', env: { FILE: '{{ tasks.a.output.path }}' } };
  expect(ofTasks([{ key: 'a' }, { ...command, depends_on: 'a' }])).toEqual({});
  expect(ofTasks([{ key: 'a' }, command])).toEqual({
    'tasks[1].env.FILE': expect.stringContaining('add "a" to depends_on'),
  });
});

test('an output may be referenced by any task behind the one that made it', () => {
  const tasks = [
    { key: 'a' },
    { key: 'b', depends_on: ['a'] },
    { key: 'c', depends_on: ['b'], params: { x: '{{ tasks.a.output.rows }}', y: '{{ tasks.b.output }} {{ run.id }}' } },
  ];
  expect(ofTasks(tasks)).toEqual({});
});

test('a reference is accepted exactly when its task is upstream', () => {
  const graph = fc.array(fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 20 });
  fc.assert(
    fc.property(graph, (edges) => {
      const before = edges.map((list, index) => [...new Set(list.map((other) => other % (index + 1)))]);
      const dependencies = before.map((list, index) => list.filter((other) => other !== index));
      const isUpstream = (at: number, to: number): boolean =>
        (dependencies[at] ?? []).some((next) => next === to || isUpstream(next, to));
      const last = edges.length - 1;
      const others = edges.map((_, index) => index).filter((index) => index !== last);
      const tasks = dependencies.map((list, index) => ({
        key: `t${index}`,
        depends_on: list.map((other) => `t${other}`),
        ...(index === last ? { params: { x: others.map((to) => `{{ tasks.t${to}.output }}`) } } : {}),
      }));
      const refused = others.filter((to) => !isUpstream(last, to)).map((to) => `tasks[${last}].params.x[${to}]`);
      expect(Object.keys(ofTasks(tasks))).toEqual(refused);
    }),
  );
});

test.each<[object, string, string]>([
  [{ failure_policy: 'stop' }, 'failure_policy', 'wanted one of fail_fast, finish_running, continue'],
  [{ timeout: '-1s' }, 'timeout', 'got "-1s", wanted a duration'],
  [{ retries: 1 }, 'retries', 'is not a known key'],
  [{ schedule: '@daily', params: { type: 'object', required: ['day'] } }, 'schedule', 'params.day: is missing'],
  [{ sla: { expected_by: '06:30' } }, 'sla.expected_by', 'got "06:30", wanted a schedule with it'],
])('workflow with %j: violation at %s', (fields, field, description) => {
  const run = () => parseWorkflowDefinition({ name: 'etl', tasks: [{ key: 'a' }], ...fields });
  expect(violationsOf(run)).toEqual({ [field]: expect.stringContaining(description) });
});

test('a stored workflow reads as itself and keeps its hash', () => {
  const input = {
    name: 'etl',
    timeout: '2h',
    sla: { finish_within: '1h' },
    schedule: { cron: '0 6 * * *', timezone: 'America/New_York' },
    tasks: [
      { key: 'a', bash: 'true', retry_delay: '1m' },
      { key: 'b', task: 'load', depends_on: 'a', trigger: 'all_done', params: { x: '{{ tasks.a.output }}' } },
    ],
  };
  const workflow = parseWorkflowDefinition(input);
  const stored: unknown = JSON.parse(JSON.stringify(workflow));
  expect(parseWorkflowDefinition(stored)).toEqual(stored);
  expect(definitionHash(parseWorkflowDefinition(stored))).toBe(definitionHash(workflow));
  expect(definitionHash(parseWorkflowDefinition({ ...input, active: false }))).toBe(definitionHash(workflow));
  expect(definitionHash(parseWorkflowDefinition({ ...input, timeout: '3h' }))).not.toBe(definitionHash(workflow));
});

test('10,000 tasks are read within a second and a half of processor time', () => {
  const tasks = Array.from({ length: 10_000 }, (_, index) => ({
    key: `t${index}`,
    bash: 'true',
    depends_on: index === 0 ? [] : [`t${index - 1}`],
    params: index < 2 ? {} : { x: `{{ tasks.t${index - 2}.output }}` },
  }));
  const started = process.cpuUsage();
  expect(parseWorkflowDefinition({ name: 'wide', tasks }).tasks).toHaveLength(10_000);
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(1500);
});

test('more than 10,000 tasks are refused', () => {
  const tasks = Array.from({ length: 10_001 }, (_, index) => ({ key: `t${index}` }));
  expect(ofTasks(tasks)).toEqual({ tasks: 'tasks: got a list of 10001, wanted a list of at most 10000' });
});

test('a file holds tasks and workflows, and every fault in it has its place', () => {
  const file = parseDefinitionFile({ tasks: [{ name: 'a' }], workflows: [{ name: 'w', tasks: [{ key: 'a' }] }] });
  expect([file.tasks.map(({ name }) => name), file.workflows.map(({ name }) => name)]).toEqual([['a'], ['w']]);
  expect(parseDefinitionFile({})).toEqual({ tasks: [], workflows: [] });
  const bad = {
    task: [],
    tasks: [{ name: 'a' }, { name: 'a' }, { name: 'b', retries: 'x' }, 7],
    workflows: [
      {
        name: 'w',
        tasks: [
          { key: 'a', depends_on: 'b' },
          { key: 'c', bash: 1 },
        ],
      },
      { name: 'x', schedule: 'bad', tasks: [{ key: 'a' }] },
    ],
  };
  expect(violationsOf(() => parseDefinitionFile(bad))).toEqual({
    task: expect.stringContaining('did you mean "tasks"?'),
    'tasks[1].name': 'tasks[1].name: got "a", wanted another name: tasks[0] has this one',
    'tasks[2].retries': expect.stringContaining('got "x"'),
    'tasks[3]': expect.stringContaining('got 7, wanted an object'),
    'workflows[0].tasks[1].bash': expect.stringContaining('got 1'),
    'workflows[1].schedule': expect.stringContaining('"bad"'),
  });
});

test.each([null, 'tasks', [], 5])('%j is no file', (input) => {
  expect(() => parseDefinitionFile(input)).toThrow(/wanted an object with tasks, workflows or both/);
});
