import { checkInvariants } from '../check/invariants.js';
import { checkOutcome } from '../check/outcome.js';
import { createMemoryBackend } from '../memory/memory-backend.js';
import type { MemoryStatements } from '../memory/statement.js';
import { drain } from './drain.js';
import { playStep } from './play-step.js';
import { makeScenario, type ScenarioNumbers } from './scenario.js';
import type { Step } from './step.js';
import { Violation, World } from './world.js';

export interface Story {
  readonly scenario: ScenarioNumbers;
  readonly steps: readonly Step[];
}

export interface Played {
  /** What happened, in words. */
  readonly lines: readonly string[];
  /** Statements that were run: the steps between which everything can break. */
  readonly statements: number;
  /** The invariant that does not hold, and where that was seen. */
  readonly violation: string | undefined;
}

/**
 * Plays a story on the store in memory. After every unit of work the invariants are checked; then everybody is made well, what
 * was begun comes to its end, and that end is checked too.
 */
export async function playStory(story: Story, statements?: MemoryStatements): Promise<Played> {
  const scenario = makeScenario(story.scenario);
  const backend = createMemoryBackend(scenario, statements);
  const { tables } = backend;
  let seen = 0;
  const world = new World(backend, scenario, (_, term) => {
    const { writes } = tables.journal;
    if (writes === seen) return;
    seen = writes;
    const present = tables.seats.get('scheduler')?.term;
    if (term !== undefined && term !== String(present)) {
      throw new Violation(`the scheduler of term ${term} wrote in term ${present}`);
    }
    checkInvariants(tables, scenario);
  });
  const lines: string[] = [];
  try {
    await world.open();
    for (const step of story.steps) {
      const line = await playStep(world, step);
      if (line !== undefined) lines.push(line);
    }
    lines.push('(everybody is well again, and no more is asked for)');
    await drain(world);
    checkOutcome(tables, world);
    return { lines, statements: world.meter.statements, violation: undefined };
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return { lines, statements: world.meter.statements, violation: error.message };
  }
}

/** A story that went wrong, for people. */
export function tell(story: Story, { lines, violation }: Played): string {
  const { tasks, workflows, schedules } = makeScenario(story.scenario);
  const given = [
    ...tasks.map((task) => {
      const { name, retries, infra_retries: infra, retry_delay_ms: pause, timeout_ms: timeout, concurrency } = task;
      const facts = [`retries ${retries}`, `infra_retries ${infra}`];
      if (pause > 0) facts.push(`retry_delay ${pause} ms`);
      if (timeout !== undefined) facts.push(`timeout ${timeout} ms`);
      if (task.start_timeout_ms !== undefined) facts.push(`start_timeout ${task.start_timeout_ms} ms`);
      if (concurrency !== undefined) facts.push(`concurrency ${concurrency}`);
      for (const { key, max } of task.limits ?? []) facts.push(`limit ${key} ${max}`);
      return `task ${name}: ${facts.join(', ')}`;
    }),
    ...workflows.map(({ name, tasks: nodes, failure_policy: policy }) => {
      const words = nodes.map(
        (node) =>
          `${node.key} = ${node.task}${node.depends_on.length === 0 ? '' : ` after ${node.depends_on.join(', ')} (${node.trigger})`}`,
      );
      return `workflow ${name} (${policy}): ${words.join('; ')}`;
    }),
    ...schedules.map(({ target, spec }) => `schedule of ${target}: ${spec}`),
  ];
  return [
    ...given,
    ...lines.map((line, index) => `${index + 1}. ${line}`),
    `⇒ ${violation ?? 'nothing is wrong'}`,
  ].join('\n');
}
