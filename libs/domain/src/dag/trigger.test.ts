import { TRIGGERS, evaluateTrigger, toleratesFailure, type Trigger } from './trigger.js';

type End = 'S' | 'F' | 'K' | '.';

// Of two dependencies: S success, F failure, K skipped, . not ended. + starts, - will not start, ? has to wait.
const PAIRS = ['SS', 'SF', 'SK', 'FF', 'FK', 'KK', 'S.', 'F.', 'K.', '..'];
const TWO: Record<Trigger, string> = {
  all_success: /*                */ '+ - - - - - ? ? ? ?',
  all_failed: /*                 */ '- - - + - - ? ? ? ?',
  all_done: /*                   */ '+ + + + + + ? ? ? ?',
  one_failed: /*                 */ '- + - + + - ? + ? ?',
  one_success: /*                */ '+ + + - - - + ? ? ?',
  one_done: /*                   */ '+ + + + + - + + ? ?',
  none_failed: /*                */ '+ - + - - + ? ? ? ?',
  none_failed_min_one_success: /**/ '+ - + - - - ? ? ? ?',
  none_skipped: /*               */ '+ + - + - - ? ? ? ?',
  all_skipped: /*                */ '- - - - - + ? ? ? ?',
  always: /*                     */ '+ + + + + + ? ? ? ?',
};
const ONE_ENDS: End[] = ['S', 'F', 'K', '.'];
const ONE: Record<Trigger, string> = {
  all_success: /*                */ '+ - - ?',
  all_failed: /*                 */ '- + - ?',
  all_done: /*                   */ '+ + + ?',
  one_failed: /*                 */ '- + - ?',
  one_success: /*                */ '+ - - ?',
  one_done: /*                   */ '+ + - ?',
  none_failed: /*                */ '+ - + ?',
  none_failed_min_one_success: /**/ '+ - - ?',
  none_skipped: /*               */ '+ + - ?',
  all_skipped: /*                */ '- - + ?',
  always: /*                     */ '+ + + ?',
};

function verdict(trigger: Trigger, ends: readonly string[]): string {
  const count = (end: End): number => ends.filter((one) => one === end).length;
  const counts = { success: count('S'), failure: count('F'), skipped: count('K'), open: count('.') };
  return { met: '+', unmet: '-', open: '?' }[evaluateTrigger(trigger, counts)];
}

test.each(TRIGGERS)('%s: every combination of one and of two dependencies', (trigger) => {
  expect(ONE_ENDS.map((end) => verdict(trigger, [end])).join(' ')).toBe(ONE[trigger]);
  expect(PAIRS.map((pair) => verdict(trigger, [...pair])).join(' ')).toBe(TWO[trigger]);
});

/** The words of the trigger, spelled out over the dependencies one by one. */
const WORDS: Record<Trigger, (ends: readonly string[]) => boolean> = {
  all_success: (ends) => ends.every((end) => end === 'S'),
  all_failed: (ends) => ends.every((end) => end === 'F'),
  all_done: () => true,
  one_failed: (ends) => ends.some((end) => end === 'F'),
  one_success: (ends) => ends.some((end) => end === 'S'),
  one_done: (ends) => ends.some((end) => end === 'S' || end === 'F'),
  none_failed: (ends) => !ends.some((end) => end === 'F'),
  none_failed_min_one_success: (ends) => !ends.some((end) => end === 'F') && ends.some((end) => end === 'S'),
  none_skipped: (ends) => !ends.some((end) => end === 'K'),
  all_skipped: (ends) => ends.every((end) => end === 'K'),
  always: () => true,
};

function combinations(length: number): string[][] {
  if (length === 0) return [[]];
  return combinations(length - 1).flatMap((rest) => ONE_ENDS.map((end) => [...rest, end]));
}

test.each(TRIGGERS)('%s: up to five dependencies agree with its words', (trigger) => {
  const early = ['one_failed', 'one_success', 'one_done'].includes(trigger);
  for (const ends of [1, 2, 3, 4, 5].flatMap(combinations)) {
    const over = !ends.includes('.');
    const met = (over || early) && WORDS[trigger](ends.filter((end) => end !== '.'));
    expect([ends.join(''), verdict(trigger, ends)]).toEqual([ends.join(''), met ? '+' : over ? '-' : '?']);
  }
});

test('a task without dependencies starts, whatever its trigger', () => {
  expect(TRIGGERS.map((trigger) => verdict(trigger, []))).toEqual(TRIGGERS.map(() => '+'));
});

test('what is decided stays decided while the rest of the dependencies end', () => {
  for (const trigger of TRIGGERS) {
    for (const ends of combinations(3)) {
      const before = verdict(trigger, ends);
      if (before === '?' || !ends.includes('.')) continue;
      for (const end of ['S', 'F', 'K']) {
        expect(
          verdict(
            trigger,
            ends.map((one) => (one === '.' ? end : one)),
          ),
        ).toBe(before);
      }
    }
  }
});

test('exactly the triggers that a failure can meet are said to tolerate one', () => {
  const met = (trigger: Trigger): boolean =>
    combinations(3).some((ends) => ends.includes('F') && verdict(trigger, ends) === '+');
  expect(TRIGGERS.filter(toleratesFailure)).toEqual(TRIGGERS.filter(met));
});
