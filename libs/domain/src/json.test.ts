import fc from 'fast-check';
import { canonicalJson, checkedJson, joinPath } from './json.js';

const bounds = {
  subject: 'the params',
  field: 'params',
  maxBytes: 1024,
  advice: 'store it elsewhere',
  tooLarge: 'TOO_LARGE',
};

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

test('any JSON value comes out as its text', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }), (value) => {
      expect(JSON.parse(checkedJson(value, { ...bounds, maxBytes: 1e6 }))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([
  ['a date', { at: new Date(0) }, 'params.at: got an object, wanted plain JSON'],
  ['a function', { rows: [1, () => 1] }, 'params.rows[1]: got a function, wanted plain JSON'],
  ['not a number', { n: Number.NaN }, 'params.n: got NaN, wanted a finite number'],
  ['a NUL character', { s: 'a\0b' }, 'params.s: got "a\\u0000b", wanted text without NUL'],
  ['half a character', { s: '\ud800' }, 'params.s: got .*, wanted text without NUL'],
  ['half a character in a key', { '\ud800': 1 }, 'params: got .*, wanted text without NUL'],
  ['deep nesting', nested(100_000), 'at most 100 levels of nesting'],
])('%s is refused', (_, value, message) => {
  const run = () => checkedJson(value, { ...bounds, maxBytes: 1e6 });
  expect(run).toThrow(expect.objectContaining({ kind: 'InvalidInput' }));
  expect(run).toThrow(message.includes('.*') ? new RegExp(message) : message);
});

test('a value that is too large says its size, the limit and what to do', () => {
  const text = 'é'.repeat(600);
  expect(() => checkedJson({ text }, bounds)).toThrow(
    expect.objectContaining({
      reason: 'TOO_LARGE',
      message: 'the params: got 1211 bytes, wanted at most 1 KiB of JSON; store it elsewhere',
    }),
  );
});

test('a value that expands without end is refused at once', () => {
  let bomb: unknown = 'lol';
  for (let level = 0; level < 60; level += 1) bomb = Array.from({ length: 10 }, () => bomb);
  expect(() => checkedJson(bomb, bounds)).toThrow('got more than 1024 bytes');
  const circle: unknown[] = [];
  circle.push(circle);
  expect(() => checkedJson(circle, bounds)).toThrow('levels of nesting');
});

test('canonical text does not depend on the order of keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('paths read as code', () => {
  expect([2, 'depends_on', 0, 'a b', 'x.y'].reduce<string>(joinPath, 'tasks')).toBe(
    'tasks[2].depends_on[0]["a b"]["x.y"]',
  );
});
