import {
  buildGraph,
  parseTaskDefinition,
  parseWorkflowDefinition,
  type Graph,
  type TaskDefinition,
  type WorkflowDefinition,
} from '@taskflow/domain';

/** What is registered before a story begins. */
export interface Scenario {
  readonly tasks: readonly TaskDefinition[];
  readonly workflows: readonly WorkflowDefinition[];
  readonly schedules: readonly ScenarioSchedule[];
}

export interface ScenarioSchedule {
  readonly kind: 'task' | 'workflow';
  readonly target: string;
  readonly everyMs: number;
  /** As it is stored. */
  readonly spec: string;
}

/** The moment at which every story begins; a slot of each schedule. */
export const BEGIN = Date.parse('2026-03-02T12:00:00Z');

/** The limit that tasks share. */
export const SHARED_LIMIT = { key: 'warehouse', max: 2 } as const;

const TASK_NAMES = ['load', 'clean', 'mail'] as const;
const WORKFLOW_NAMES = ['nightly', 'report'] as const;
const TRIGGERS = [
  'all_success',
  'all_done',
  'none_failed',
  'one_success',
  'one_failed',
  'one_done',
  'all_failed',
  'none_failed_min_one_success',
  'none_skipped',
  'all_skipped',
  'always',
] as const;
const POLICIES = ['finish_running', 'fail_fast', 'continue'] as const;
const OVERLAPS = ['allow', 'skip', 'buffer_one', 'buffer_all', 'cancel_running'] as const;
const MISFIRES = ['last', 'all', 'none'] as const;

/** Numbers from which a scenario is made; zeros make the plainest one. */
export interface ScenarioNumbers {
  readonly tasks: readonly TaskNumbers[];
  readonly workflows: readonly WorkflowNumbers[];
  readonly schedules: readonly ScheduleNumbers[];
}

export interface TaskNumbers {
  readonly retries: number;
  readonly infraRetries: number;
  /** Bits: 1 pause before a retry, 2 timeout, 4 concurrency 1, 8 the shared limit, 16 start timeout, 32 high priority. */
  readonly traits: number;
}

export interface WorkflowNumbers {
  /** `before`: bits of the nodes before it that it depends on. */
  readonly nodes: readonly {
    readonly before: number;
    readonly trigger: number;
    readonly task: number;
    readonly mayFail: number;
  }[];
  readonly policy: number;
  /** Bits: 1 concurrency 1, 2 timeout. */
  readonly traits: number;
}

export interface ScheduleNumbers {
  readonly workflow: number;
  readonly overlap: number;
  readonly misfire: number;
}

export function makeScenario(numbers: ScenarioNumbers): Scenario {
  return {
    tasks: numbers.tasks.map((each, index) => taskOf(pick(TASK_NAMES, index), each)),
    workflows: numbers.workflows.map((each, index) =>
      workflowOf(pick(WORKFLOW_NAMES, index), each, numbers.tasks.length),
    ),
    schedules: numbers.schedules.map((each, index) => scheduleOf(each, index, numbers.workflows.length)),
  };
}

function taskOf(name: string, { retries, infraRetries, traits }: TaskNumbers): TaskDefinition {
  return parsed('task', {
    name,
    retries,
    infra_retries: infraRetries,
    retry_delay: traits & 1 ? '2s' : '0s',
    ...(traits & 2 && { timeout: '5s' }),
    ...(traits & 4 && { concurrency: 1 }),
    ...(traits & 8 && { limits: [SHARED_LIMIT] }),
    ...(traits & 16 && { start_timeout: '10s' }),
    ...(traits & 32 && { default_priority: 'high' }),
  });
}

function workflowOf(name: string, { nodes, policy, traits }: WorkflowNumbers, tasks: number): WorkflowDefinition {
  return parsed('workflow', {
    name,
    failure_policy: pick(POLICIES, policy),
    ...(traits & 1 && { concurrency: 1 }),
    ...(traits & 2 && { timeout: '60s' }),
    tasks: nodes.map(({ before, trigger, task, mayFail }, index) => ({
      key: `n${index + 1}`,
      task: TASK_NAMES[task % tasks],
      depends_on: nodes.slice(0, index).flatMap((_, at) => (before & (1 << at) ? [`n${at + 1}`] : [])),
      trigger: pick(TRIGGERS, trigger),
      allow_failure: mayFail === 1,
    })),
  });
}

function scheduleOf(
  { workflow, overlap, misfire }: ScheduleNumbers,
  index: number,
  workflows: number,
): ScenarioSchedule {
  const kind = workflow === 1 && workflows > 0 ? 'workflow' : 'task';
  const everyMs = index === 0 ? 10_000 : 7000;
  const target = kind === 'task' ? TASK_NAMES[0] : WORKFLOW_NAMES[0];
  const schedule = {
    every: `${everyMs / 1000}s`,
    anchor: new Date(BEGIN).toISOString(),
    overlap: pick(OVERLAPS, overlap),
    misfire: pick(MISFIRES, misfire),
  };
  const [spec] = parsed('task', { name: 'scheduled', schedule }).schedule;
  return { kind, target, everyMs, spec: JSON.stringify(spec) };
}

function pick<Word extends string>(words: readonly Word[], index: number): Word {
  const word = words[index % words.length];
  if (word === undefined) throw new Error('there are no words');
  return word;
}

const read = new Map<string, TaskDefinition | WorkflowDefinition>();

/** Stories share few definitions: each is read once. */
function parsed(kind: 'task', input: object): TaskDefinition;
function parsed(kind: 'workflow', input: object): WorkflowDefinition;
function parsed(kind: 'task' | 'workflow', input: object): TaskDefinition | WorkflowDefinition {
  const text = kind + JSON.stringify(input);
  const known = read.get(text);
  if (known !== undefined) return known;
  const definition = kind === 'task' ? parseTaskDefinition(input) : parseWorkflowDefinition(input);
  if (read.size > 5000) read.clear();
  read.set(text, definition);
  return definition;
}

const graphs = new WeakMap<WorkflowDefinition, Graph>();

export function graphOf(definition: WorkflowDefinition): Graph {
  const known = graphs.get(definition) ?? buildGraph(definition.tasks);
  graphs.set(definition, known);
  return known;
}
