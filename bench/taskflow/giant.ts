// A workflow of very many tasks: a hundred in a chain, and all others after the last of them.
import { task, workflow } from '@taskflow/sdk';
import { ran } from '../peer/tally.ts';

const CHAIN = 100;

export const giantStep = task({ name: 'giant-step', run: () => ran() });

export function giant(nodes: number) {
  const step = (key: string, dependsOn: string[]) => [key, { task: giantStep, dependsOn }] as const;
  return workflow({
    name: 'giant',
    tasks: Object.fromEntries(
      Array.from({ length: nodes }, (_, index) =>
        step(
          index < CHAIN ? `chain${index}` : `leaf${index}`,
          index === 0 ? [] : [`chain${Math.min(index, CHAIN) - 1}`],
        ),
      ),
    ),
  });
}
