import { trace } from '@opentelemetry/api';
import type { Clock } from '@taskflow/domain';
import { createRunMemory, silentWake, type SchedulerCtx } from '@taskflow/engine';
import { silentLogger } from '@taskflow/runtime';
import { openDb, type Db } from '@taskflow/store';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { DUTIES, type Duty } from './duties.js';
import { createDutyRounds, type DutyRounds } from './duty-round.js';

let database: TestDatabase;
let db: Db;
let elapsed = 0;
const clock: Clock = { now: () => new Date(elapsed), monotonicMs: () => elapsed };

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, applicationName: 'duty-round-test' });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const rest = (name: string): Pick<Duty, 'restMs' | 'busyRestMs' | 'patient'> => {
  const duty = DUTIES.find((one) => one.name === name);
  if (!duty) throw new Error(`no duty ${name}`);
  return duty;
};

/** Rounds once a second for so long; gives how often the duty was done. */
async function roundsFor(seconds: number, duty: Duty, others: readonly Duty[] = []): Promise<number> {
  let runs = 0;
  const counted: Duty = { ...duty, run: (...args) => ((runs += 1), duty.run(...args)) };
  const rounds: DutyRounds = createDutyRounds([...others, counted], clock, silentLogger());
  const signal = new AbortController().signal;
  const tracer = trace.getTracer('test');
  const ctx: SchedulerCtx = {
    db,
    clock,
    logger: silentLogger(),
    tracer,
    wake: silentWake,
    actor: 'test',
    signal,
    term: '1',
  };
  for (const end = elapsed + 1000 * seconds; elapsed < end; elapsed += 1000) await rounds.run(ctx, createRunMemory());
  return runs;
}

/** Does something in each look but every second one, as work that keeps coming. */
function busy(): Duty {
  let does = false;
  return { name: 'busy', at: (survey) => survey.now, run: () => Promise.resolve((does = !does)) };
}

const purging = (more: boolean): Duty => ({
  ...rest('purge'),
  name: 'purge',
  at: (survey) => survey.now,
  run: () => Promise.resolve(more),
});

it('purges once a minute, however much is done beside it', async () => {
  expect(await roundsFor(180, purging(false))).toBe(3);
  expect(await roundsFor(180, purging(false), [busy()])).toBe(3);
});

it('purges each second while there is more', async () => {
  expect(await roundsFor(20, purging(true))).toBe(20);
});

it('looks again at what found nothing when something was done elsewhere', async () => {
  const waiting: Duty = {
    name: 'waiting',
    at: (survey) => survey.now,
    run: () => Promise.resolve(false),
    restMs: 60_000,
  };
  expect(await roundsFor(60, waiting)).toBe(1);
  expect(await roundsFor(60, waiting, [busy()])).toBeGreaterThan(30);
});
