import type { ScenarioNumbers } from './scenario.js';
import type { Step } from './step.js';
import type { Story } from './story.js';

/** A story that goes wrong as well, with as few and as plain steps as taking away one after the other leaves. */
export async function shorten(story: Story, goesWrong: (story: Story) => Promise<boolean>): Promise<Story> {
  let best = story;
  const attempt = async (next: Story): Promise<boolean> => {
    if (!(await goesWrong(next))) return false;
    best = next;
    return true;
  };
  for (let size = ''; size !== JSON.stringify(best);) {
    size = JSON.stringify(best);
    await dropSteps(() => best, attempt);
    for (let at = 0; at < best.steps.length; at += 1) {
      for (const field of ['trouble', 'after', 'how', 'what', 'who'] as const) {
        const { steps } = best;
        if (steps[at]?.[field] === 0) continue;
        await attempt({
          ...best,
          steps: steps.map((step, index): Step => (index === at ? { ...step, [field]: 0 } : step)),
        });
      }
    }
    for (const scenario of plainer(best.scenario)) await attempt({ ...best, scenario });
  }
  return best;
}

/** Halves first, then quarters, down to single steps. */
async function dropSteps(best: () => Story, attempt: (story: Story) => Promise<boolean>): Promise<void> {
  for (
    let length = Math.ceil(best().steps.length / 2);
    length >= 1;
    length = length === 1 ? 0 : Math.ceil(length / 2)
  ) {
    for (let from = best().steps.length - length; from > -length; from -= length) {
      const { scenario, steps } = best();
      await attempt({ scenario, steps: steps.filter((_, index) => index < from || index >= from + length) });
    }
  }
}

function plainer({ tasks, workflows, schedules }: ScenarioNumbers): ScenarioNumbers[] {
  const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, index) => index !== at);
  const withOne = <T>(list: readonly T[], at: number, one: T): T[] =>
    list.map((each, index) => (index === at ? one : each));
  return [
    ...tasks.slice(1).map((_, at) => ({ tasks: without(tasks, at + 1), workflows, schedules })),
    ...workflows.map((_, at) => ({ tasks, workflows: without(workflows, at), schedules })),
    ...schedules.map((_, at) => ({ tasks, workflows, schedules: without(schedules, at) })),
    ...tasks.flatMap((task, at) => [
      ...[1, 2, 4, 8, 16, 32]
        .filter((trait) => task.traits & trait)
        .map((trait) => ({
          tasks: withOne(tasks, at, { ...task, traits: task.traits & ~trait }),
          workflows,
          schedules,
        })),
      { tasks: withOne(tasks, at, { ...task, retries: 0 }), workflows, schedules },
      { tasks: withOne(tasks, at, { ...task, infraRetries: 0 }), workflows, schedules },
    ]),
    ...workflows.flatMap((workflow, at) => [
      { tasks, workflows: withOne(workflows, at, { ...workflow, nodes: workflow.nodes.slice(0, -1) }), schedules },
      { tasks, workflows: withOne(workflows, at, { ...workflow, traits: 0 }), schedules },
      { tasks, workflows: withOne(workflows, at, { ...workflow, policy: 0 }), schedules },
      ...workflow.nodes.flatMap((node, place) =>
        (['before', 'trigger', 'task', 'mayFail'] as const).map((field) => {
          const nodes = withOne(workflow.nodes, place, { ...node, [field]: 0 });
          return { tasks, workflows: withOne(workflows, at, { ...workflow, nodes }), schedules };
        }),
      ),
    ]),
  ].filter((scenario) => scenario.workflows.every((workflow) => workflow.nodes.length > 0));
}
