import { didYouMean, knownWords } from './did-you-mean.js';

const known = ['retries', 'retry_delay', 'retry', 'timeout', 'concurrency'];

test.each([
  ['retires', 'retries'],
  ['retryDelay', 'retry_delay'],
  ['retry-delay', 'retry_delay'],
  ['timout', 'timeout'],
  ['Timeout', 'timeout'],
  ['concurency', 'concurrency'],
])('%s is meant as %s', (word, meant) => {
  expect(didYouMean(word, known)).toBe(meant);
});

test.each(['colour', 'x', '', 'y'.repeat(100_000)])('nothing is near %#', (word) => {
  expect(didYouMean(word, known)).toBeUndefined();
});

test('lists what is known, at most thirty', () => {
  expect(knownWords('retris', ['retries', 'queue'])).toBe('did you mean "retries"? known: retries, queue');
  expect(knownWords('x', [])).toBe('there is none');
  expect(
    knownWords(
      'x',
      Array.from({ length: 40 }, (_, index) => `task${index}`),
    ),
  ).toMatch(/task29, and 10 more$/);
});
