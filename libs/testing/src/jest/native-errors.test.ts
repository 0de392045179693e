import { readFileSync } from 'node:fs';

class OwnError extends Error {}

test('errors of Node are errors, and are no errors of a class of our own', () => {
  try {
    readFileSync('/nowhere');
    throw new OwnError('the file was there');
  } catch (error) {
    expect(error instanceof Error).toBe(true);
    expect(error instanceof OwnError).toBe(false);
    expect(error instanceof TypeError).toBe(false);
  }
  expect(new OwnError('x') instanceof Error).toBe(true);
  expect(new OwnError('x') instanceof OwnError).toBe(true);
  expect({} instanceof Error).toBe(false);
});
