import { STATEMENTS } from './memory/memory-db.js';
import { statement, type MemoryStatements } from './memory/statement.js';
import { hunt } from './world/hunt.js';
import { OPERATIONS, TROUBLES, type Operation, type Step } from './world/step.js';
import { playStory, type Story } from './world/story.js';

/** For more than what every run does: `TASKFLOW_MODEL_STATEMENTS=20000000 TASKFLOW_MODEL_SEED=7 npx jest libs/model`. */
const STATEMENTS_PLAYED = Number(process.env.TASKFLOW_MODEL_STATEMENTS ?? 1_000_000);
const FIRST_SEED = Number(process.env.TASKFLOW_MODEL_SEED ?? 1);
const SEEDS = 4;

const LONG_MS = 30_000 + STATEMENTS_PLAYED / 2;

test.each(Array.from({ length: SEEDS }, (_, index) => FIRST_SEED + index))(
  'stories of seed %i go well, whatever breaks between any two statements',
  async (seed) => {
    const { found, statements, stories, seconds } = await hunt({ seed, statements: STATEMENTS_PLAYED / SEEDS });
    console.info(`seed ${seed}: ${stories} stories, ${statements} statements, ${Math.round(statements / seconds)}/s`);
    expect(found?.text).toBeUndefined();
  },
  LONG_MS,
);

// Places in the values of workflow_apply_step.
const RUN_IDS = 33;
const NODES_BEFORE = 40;

/** Faults of a store, each as one statement that does too little or too much. */
const FAULTS: readonly [name: string, seenAs: RegExp, lines: number, store: MemoryStatements][] = [
  [
    'the fence lets every term pass',
    /wrote in term|^I\d/,
    12,
    { leadership_fence_term: statement<[string, string]>((_, [, term]) => [{ term }]) },
  ],
  [
    'a completion is not compared with the lease that is held',
    /^I\d|accepted twice/,
    14,
    {
      lease_complete: statement<[string[], number[], string[], (string | null)[]]>((t, [ids, , asked, outputs]) => {
        const held = ids.map((id) => t.leases.get(Number(id)));
        const attempts = held.map((lease) => lease?.attempt ?? 0);
        const leaseIds = held.map((lease) => String(lease?.lease_id));
        const rows = STATEMENTS.lease_complete?.(t, [ids, attempts, leaseIds, outputs]) ?? [];
        return rows.map((row, index) => ({ ...row, lease_id: asked[index] }));
      }),
    },
  ],
  [
    'admission does not count what is taken',
    /^I4|duplicate key/,
    8,
    {
      limit_find_blocked: statement<[string[], number]>((t, values) =>
        (STATEMENTS.limit_find_blocked?.(t, values) ?? []).map((row) => ({ ...row, limit_maxima: [9, 9] })),
      ),
    },
  ],
  [
    'a cancelled task does not tell its workflow',
    /come to its end|never decided/,
    8,
    {
      task_cancel_queued: statement((t, values) => {
        const before = new Set(t.changes.all().map((change) => change.id));
        const rows = STATEMENTS.task_cancel_queued?.(t, values) ?? [];
        for (const { id } of t.changes.all((change) => !before.has(change.id))) t.changes.delete(id);
        return rows;
      }),
    },
  ],
  [
    'a request id is not remembered',
    /made instance .* and asked again/,
    4,
    {
      submission_find_answer: statement(() => []),
      submission_claim_request: statement<[string]>((t, [id]) => {
        t.submissions.delete(id);
        return STATEMENTS.submission_claim_request?.(t, [id]) ?? [];
      }),
    },
  ],
];

test.each(FAULTS)(
  'a fault is found and told in a few lines: %s',
  async (_, seenAs, lines, store) => {
    const { found } = await hunt({ seed: 1, statements: 600_000, store: { ...STATEMENTS, ...store } });
    console.info(found?.text);
    expect(found?.violation).toMatch(seenAs);
    expect(found?.lines.length).toBeLessThanOrEqual(lines);
  },
  60_000,
);

test('a step that a crash of the database took back is not built upon by the scheduler that remembers it', async () => {
  const plain = { who: 0, what: 0, how: 0, trouble: 0, after: 0 };
  const step = (name: Operation, more: Partial<Step> = {}): Step => ({
    ...plain,
    op: OPERATIONS.indexOf(name),
    ...more,
  });
  const node = { before: 0, trigger: 0, task: 0, mayFail: 0 };
  const story: Story = {
    scenario: {
      tasks: [{ retries: 0, infraRetries: 0, traits: 0 }],
      workflows: [{ nodes: [node, node], policy: 0, traits: 0 }],
      schedules: [],
    },
    steps: [
      step('submit workflow'),
      step('campaign'),
      step('duty'),
      step('connect'),
      step('lease', { what: 1 }),
      step('complete', { what: 1, trouble: TROUBLES.indexOf('pause'), after: 1 }),
      step('hint'),
      step('crash database'),
      step('complete'),
      step('hint'),
    ],
  };
  expect((await playStory(story)).violation).toBeUndefined();
  const careless = statement((t, values) => {
    const before = [values[RUN_IDS] as string[]].flat().map((id) => t.runs.get(Number(id))?.nodes_done);
    return STATEMENTS.workflow_apply_step?.(t, values.with(NODES_BEFORE, before)) ?? [];
  });
  const { violation, lines } = await playStory(story, { ...STATEMENTS, workflow_apply_step: careless });
  expect({ violation, lines }).toMatchObject({
    violation: expect.stringMatching(/^I1: run 1 is success and its task n1/),
  });
});
