import fc from 'fast-check';
import { MAX_DURATION_MS, formatDuration, parseDuration } from './duration.js';
import { InvalidInput } from './error/invalid-input.js';

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['1h30m', 5_400_000],
  ['1d2h3m4s5ms', 93_784_005],
  ['1.5h', 5_400_000],
  [' 10s ', 10_000],
  ['0s', 0],
  ['PT90S', 90_000],
  ['PT1H30M', 5_400_000],
  ['P1DT12H', 129_600_000],
  ['PT0.5S', 500],
  [300, 300_000],
  [0.25, 250],
  [0, 0],
])('%j is %d ms', (text, ms) => {
  expect(parseDuration(text, 'timeout')).toBe(ms);
});

test.each(
  [
    [
      '',
      '30',
      'soon',
      '5 minutes',
      '-5s',
      '30m1h',
      '1h1h',
      'PT',
      'P',
      'P1M',
      'P1Y',
      'PT1H5',
      '1e3s',
      '4000d',
      '9'.repeat(400) + 'd',
    ],
    [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e12, null, undefined, true, {}, ['30s']],
  ].flat(),
)('%j is refused with the field and what is wanted', (value) => {
  expect(() => parseDuration(value, 'retry.max_delay')).toThrow(InvalidInput);
  expect(() => parseDuration(value, 'retry.max_delay')).toThrow(/retry\.max_delay: .*wanted a duration such as 500ms/);
});

test('what is formatted parses back to the same milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_DURATION_MS }), (ms) => {
      expect(parseDuration(formatDuration(ms), 'x')).toBe(ms);
    }),
  );
});

test('formats in the largest units', () => {
  expect([0, 1, 90_000, 5_400_000, 86_400_000].map(formatDuration)).toEqual(['0s', '1ms', '1m30s', '1h30m', '1d']);
});
