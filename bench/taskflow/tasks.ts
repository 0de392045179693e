// What the workers of Taskflow load: a task that does nothing, chains of it, and a fan-out of a hundred with a join.
import { task, workflow } from '@taskflow/sdk';
import { ran } from '../peer/tally.ts';

export const noop = task({ name: 'noop', run: (_context, params: { sentAt?: number }) => ran(params.sentAt) });

const step = (key: string, dependsOn: string[] = []) => [key, { task: noop, dependsOn }] as const;

const chainOf = (steps: number) =>
  workflow({
    name: `chain-${steps}`,
    tasks: Object.fromEntries(
      Array.from({ length: steps }, (_, index) => step(`step${index}`, index === 0 ? [] : [`step${index - 1}`])),
    ),
  });

export const chain10 = chainOf(10);
export const chain40 = chainOf(40);

const branches = Array.from({ length: 100 }, (_, index) => `branch${index}`);

export const fanOut = workflow({
  name: 'fan-out',
  tasks: Object.fromEntries([...branches.map((key) => step(key)), step('join', branches)]),
});
