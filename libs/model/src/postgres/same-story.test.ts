import fc from 'fast-check';
import { createMemoryBackend } from '../memory/memory-backend.js';
import { STATEMENTS } from '../memory/memory-db.js';
import { statement, type MemoryStatements } from '../memory/statement.js';
import { drain } from '../world/drain.js';
import { playStep } from '../world/play-step.js';
import { makeScenario } from '../world/scenario.js';
import { OPERATIONS, type Operation, type Step } from '../world/step.js';
import { stories } from '../world/stories.js';
import { tell, type Story } from '../world/story.js';
import { World } from '../world/world.js';
import { openStage, type PostgresStage } from './postgres-backend.js';

/** For more: `TASKFLOW_MODEL_STORIES=2000 TASKFLOW_MODEL_SEED=7 npx jest libs/model/src/postgres`. */
const STORIES = Number(process.env.TASKFLOW_MODEL_STORIES ?? 60);
const SEED = Number(process.env.TASKFLOW_MODEL_SEED ?? 1);
const STEPS = 40;

let stage: PostgresStage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Plays a story on both, step by step; gives where they part. */
async function difference(story: Story, statements?: MemoryStatements): Promise<string | undefined> {
  const scenario = makeScenario(story.scenario);
  const memory = new World(createMemoryBackend(scenario, statements), scenario);
  const postgres = new World(await stage.prepare(scenario), scenario);
  await memory.open();
  await postgres.open();
  const lines: string[] = [];
  const compare = async (): Promise<void> => {
    const [one, other] = [await memory.backend.snapshot(), await postgres.backend.snapshot()];
    expect({ in: 'memory', ...one, lines }).toEqual({ in: 'memory', ...other, lines });
  };
  try {
    for (const step of story.steps) {
      const line = await playStep(memory, step);
      lines.push(line ?? '(nothing)');
      expect(line).toBe(await playStep(postgres, step));
      if (line !== undefined) await compare();
    }
    await drain(memory);
    await drain(postgres);
    await compare();
    return undefined;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return tell(story, { lines, statements: 0, violation: `memory and Postgres part: ${what}` });
  }
}

test(
  'the store in memory and Postgres answer and hold the same after every step of a story',
  async () => {
    const isCrash = (op: number): boolean => OPERATIONS[op] === 'crash database';
    const arbitrary = stories(STEPS).map(({ scenario, steps }) => ({
      scenario,
      steps: steps.filter(({ op }) => !isCrash(op)),
    }));
    const property = fc.asyncProperty(arbitrary, async (story) => {
      const found = await difference(story);
      if (found !== undefined) throw new Error(found);
    });
    const { counterexample } = await fc.check(property, { seed: SEED, numRuns: STORIES });
    const [story] = counterexample ?? [];
    expect(story && (await difference(story))).toBeUndefined();
  },
  60_000 + STORIES * 2000,
);

test('a store in memory that does otherwise than Postgres is noticed at the step', async () => {
  const restless: MemoryStatements = {
    ...STATEMENTS,
    session_insert: statement((t, values) => {
      const rows = STATEMENTS.session_insert?.(t, values) ?? [];
      for (const { id, lease_until } of t.sessions.all()) t.sessions.update(id, { lease_until: lease_until + 1 });
      return rows;
    }),
  };
  const plain = { who: 0, what: 0, how: 0, trouble: 0, after: 0 };
  const step = (name: Operation): Step => ({ ...plain, op: OPERATIONS.indexOf(name) });
  const scenario = { tasks: [{ retries: 0, infraRetries: 0, traits: 0 }], workflows: [], schedules: [] };
  const story = { scenario, steps: [step('submit task'), step('connect')] };
  expect(await difference(story)).toBeUndefined();
  expect(await difference(story, restless)).toMatch(/2\. worker a connects\n⇒ memory and Postgres part/);
});
