// What the benches run: a task that does nothing, a chain of 40 of them, a fan-out of 100 with a join.
import { task, workflow } from '@taskflow/sdk';

export const noop = task({ name: 'noop', run: () => undefined });

const step = (key: string, dependsOn: string[] = []) => [key, { task: noop, dependsOn }] as const;

export const chain = workflow({
  name: 'chain',
  tasks: Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => step(`step${index}`, index === 0 ? [] : [`step${index - 1}`])),
  ),
});

const branches = Array.from({ length: 100 }, (_, index) => `branch${index}`);

export const fanOut = workflow({
  name: 'fan-out',
  tasks: Object.fromEntries([...branches.map((key) => step(key)), step('join', branches)]),
});
