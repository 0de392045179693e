import { Unavailable } from '@taskflow/domain';
import type { CompletionAck, CompletionInput } from '@taskflow/engine';
import { createCompletionRecorder, type CompletionRecorder } from './completion-recorder.js';

let batches: (readonly CompletionInput[])[];
let answer: (completions: readonly CompletionInput[]) => Promise<readonly CompletionAck[]>;
let broken: string[];
let locked: Set<string>;
let recorder: CompletionRecorder;

const completion = (id: number): CompletionInput => ({
  ref: { id: String(id), attempt: 1, leaseId: String(id) },
  outcome: 'success',
});
const accept = async (completions: readonly CompletionInput[]) =>
  completions.map(({ ref }): CompletionAck => ({ ref, result: 'accepted' }));

beforeEach(() => {
  batches = [];
  broken = [];
  locked = new Set();
  answer = accept;
  recorder = createCompletionRecorder({
    complete: (completions) => {
      batches.push(completions);
      return answer(completions);
    },
    locked: async (refs) => refs.filter(({ id }) => locked.has(id)),
    onLocked: () => undefined,
    onRetry: () => undefined,
    onBroken: (_error, { ref }) => broken.push(ref.id),
  });
});

test('what comes while a statement runs is recorded by the next one, together', async () => {
  let release = (): void => undefined;
  answer = async (completions) => {
    if (batches.length === 1) await new Promise<void>((resolve) => (release = resolve));
    return accept(completions);
  };
  const first = recorder.record([completion(1)]);
  while (batches.length === 0) await new Promise(setImmediate);
  const others = [2, 3, 4].map((id) => recorder.record([completion(id)]));
  release();
  const acks = await Promise.all([first, ...others]);
  expect(batches.map((batch) => batch.length)).toEqual([1, 3]);
  expect(acks.flat().map(({ ref, result }) => `${ref.id} ${result}`)).toEqual([
    '1 accepted',
    '2 accepted',
    '3 accepted',
    '4 accepted',
  ]);
});

test('the same completion twice in one tick is recorded once and answered twice', async () => {
  const acks = await Promise.all([recorder.record([completion(1)]), recorder.record([completion(1)])]);
  expect(batches).toHaveLength(1);
  expect(batches[0]).toHaveLength(1);
  expect(acks.flat().map(({ result }) => result)).toEqual(['accepted', 'accepted']);
});

test('nothing is lost while the database is away', async () => {
  let tries = 0;
  answer = async (completions) => {
    tries += 1;
    if (tries < 3) throw new Unavailable('away', { reason: 'DATABASE_DOWN' });
    return accept(completions);
  };
  expect(await recorder.record([completion(1)])).toMatchObject([{ result: 'accepted' }]);
  expect(tries).toBe(3);
});

test('one completion that cannot be recorded does not hold up the others; its attempt ends as failed', async () => {
  answer = async (completions) => {
    if (completions.some(({ ref, outcome }) => ref.id === '7' && outcome === 'success')) throw new Error('a fault');
    return accept(completions);
  };
  const acks = await recorder.record(Array.from({ length: 20 }, (_, id) => completion(id + 1)));
  expect(acks.filter(({ result }) => result === 'accepted')).toHaveLength(19);
  expect(acks[6]).toMatchObject({ ref: { id: '7' }, result: 'refused' });
  expect(broken).toEqual(['7']);
  expect(batches.flat().find(({ ref, outcome }) => ref.id === '7' && outcome === 'failed')).toMatchObject({
    reason: 'RESULT_NOT_RECORDED',
  });
});

test('stopping gives up on a database that stays away', async () => {
  answer = async () => {
    throw new Unavailable('away', { reason: 'DATABASE_DOWN' });
  };
  const recording = recorder.record([completion(1)]);
  recording.catch(() => undefined);
  await recorder.stop(20);
  await expect(recording).rejects.toMatchObject({ reason: 'DATABASE_DOWN' });
});

test('what waits for locked rows is given up when the recorder stops, not before', async () => {
  locked.add('2');
  answer = (completions) =>
    completions.some(({ ref }) => locked.has(ref.id))
      ? Promise.reject(new Unavailable('locked', { reason: 'ROWS_LOCKED' }))
      : accept(completions);
  const [free, waiting] = [recorder.record([completion(1)]), recorder.record([completion(2), completion(3)])];
  expect(await free).toMatchObject([{ result: 'accepted' }]);
  await recorder.settled();
  expect(batches.map((batch) => batch.map(({ ref }) => ref.id))).toEqual([
    ['1', '2', '3'],
    ['1', '3'],
  ]);
  await Promise.all([recorder.stop(1000), expect(waiting).rejects.toMatchObject({ reason: 'ROWS_LOCKED' })]);
});
