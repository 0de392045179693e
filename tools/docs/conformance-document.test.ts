import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { POINTS, type TestOfPoint } from './conformance.js';

const root = join(import.meta.dirname, '../..');
const source = (path: string): string => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');

const KINDS = ['local', 'kubernetes', 'aws_batch', 'mesos'] as const;
const cells = POINTS.flatMap(({ what, ...of }) => KINDS.map((kind) => [kind, what, of[kind]] as const));

/** What a cell of the table names and is not there. */
function missing({ file, name, suite }: TestOfPoint): string[] {
  const faults = source(suite?.file ?? file).includes(name) ? [] : [`${suite?.file ?? file} has no test "${name}"`];
  if (suite !== undefined && !source(file).includes(suite.call)) faults.push(`${file} does not call ${suite.call}…)`);
  return faults;
}

test.each(cells)('%s: %s', (_kind, _what, tests) => {
  expect(tests).not.toHaveLength(0);
  expect(tests.flatMap(missing)).toEqual([]);
});

test('every kind is measured by the same 13 points', () => {
  expect(POINTS).toHaveLength(13);
});
