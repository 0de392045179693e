import fc from 'fast-check';
import type { Story } from './story.js';
import { OPERATIONS, TROUBLE_RANGE, type Step } from './step.js';
import type { ScenarioNumbers } from './scenario.js';

// Without bias: the ends of a range are no likelier than its middle.
const STEPS: fc.Arbitrary<Step> = fc
  .noBias(fc.tuple(fc.nat(OPERATIONS.length - 1), fc.nat(3), fc.nat(40), fc.nat(69), fc.nat(TROUBLE_RANGE), fc.nat(3)))
  .map(([op, who, what, how, trouble, after]) => ({ op, who, what, how, trouble, after }));

const SCENARIOS: fc.Arbitrary<ScenarioNumbers> = fc.record({
  tasks: fc.array(fc.record({ retries: fc.nat(2), infraRetries: fc.nat(2), traits: fc.nat(63) }), {
    minLength: 1,
    maxLength: 3,
  }),
  workflows: fc.array(
    fc.record({
      nodes: fc.array(fc.record({ before: fc.nat(31), trigger: fc.nat(10), task: fc.nat(2), mayFail: fc.nat(1) }), {
        minLength: 1,
        maxLength: 5,
      }),
      policy: fc.nat(2),
      traits: fc.nat(3),
    }),
    { maxLength: 2 },
  ),
  schedules: fc.array(fc.record({ workflow: fc.nat(1), overlap: fc.nat(4), misfire: fc.nat(2) }), { maxLength: 2 }),
});

/** Random stories of at most so many steps, which shrink to the shortest that goes wrong. */
export function stories(maxSteps: number): fc.Arbitrary<Story> {
  const steps = fc.array(STEPS, { maxLength: maxSteps, size: 'max' });
  return fc.record({ scenario: SCENARIOS, steps });
}
