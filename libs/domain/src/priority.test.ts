import fc from 'fast-check';
import { PRIORITIES, rankOffsetMs } from './priority.js';

test('a higher priority is served first when both became ready at once', () => {
  const offsets = PRIORITIES.map(rankOffsetMs);
  expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
});

test('low work outranks any high work that became ready more than 2 h after it', () => {
  const twoHours = 7_200_000;
  fc.assert(
    fc.property(fc.integer({ min: 0 }), fc.integer({ min: 1, max: 1e9 }), (readyAt, later) => {
      const low = readyAt + rankOffsetMs('low');
      const high = readyAt + twoHours + later + rankOffsetMs('high');
      expect(low).toBeLessThan(high);
    }),
  );
});
