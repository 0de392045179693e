import type { JsonObject } from '../json.js';
import { InvalidInput } from '../error/invalid-input.js';
import { checkOutput } from './check-output.js';
import { compileParams } from './compile-params.js';
import { validateParams } from './validate-params.js';

const schema: JsonObject = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1, description: 'where to look' },
    limit: { type: 'integer', minimum: 1, default: 100 },
    mode: { enum: ['full', 'delta'], default: 'full' },
    since: { type: 'string', format: 'date' },
    rows: { type: 'array', items: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] } },
    size: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    'a/b': { type: 'boolean' },
  },
  required: ['city'],
  additionalProperties: false,
};

function violationsOf(given: unknown, by: JsonObject = schema): Record<string, string> {
  try {
    validateParams({ schema: by, given });
  } catch (error) {
    if (error instanceof InvalidInput) {
      return Object.fromEntries(error.violations.map(({ field, description }) => [field, description]));
    }
    throw error;
  }
  return {};
}

test('the given lies over the defaults of the definition, those over the defaults of the schema', () => {
  expect(validateParams({ schema, defaults: { city: 'Oslo', limit: 7 }, given: { limit: 9 } })).toEqual({
    city: 'Oslo',
    limit: 9,
    mode: 'full',
  });
});

test('the result is a copy', () => {
  const given = { city: 'Oslo', rows: [{ id: 1 }] };
  const params = validateParams({ schema, given });
  expect(given).toEqual({ city: 'Oslo', rows: [{ id: 1 }] });
  expect(params['rows']).not.toBe(given.rows);
});

test('without a schema any object will do, and nothing given is an empty one', () => {
  expect(validateParams({ given: { any: [1] } })).toEqual({ any: [1] });
  expect(validateParams({ given: undefined })).toEqual({});
  expect(validateParams({ given: null, defaults: { a: 1 } })).toEqual({ a: 1 });
});

test('every field that is wrong is told, each once', () => {
  expect(
    violationsOf({
      limit: 0,
      mode: 'ful',
      since: 'yesterday',
      rows: [{ id: 1 }, {}],
      size: 'big',
      'a/b': 1,
      citty: 'Oslo',
    }),
  ).toEqual({
    'params.city': 'params.city: is missing, wanted a string (where to look)',
    'params.limit': 'params.limit: got 0, wanted >= 1',
    'params.mode': 'params.mode: got "ful", wanted one of its values; did you mean "full"? known: full, delta',
    'params.since': 'params.since: got "yesterday", wanted text in the format "date"',
    'params.rows[1].id': 'params.rows[1].id: is missing, wanted an integer',
    'params.size': 'params.size: got "big", wanted an integer or null',
    'params["a/b"]': 'params["a/b"]: got 1, wanted a boolean',
    'params.citty': expect.stringContaining('a known name; did you mean "city"?'),
  });
});

test.each([[[]], ['text'], [5]])('params that are %j are no params', (given) => {
  expect(() => validateParams({ given })).toThrow(/params: got .*, wanted an object of named values/);
});

test('a choice says what each way wants, or that only one may be taken', () => {
  const by: JsonObject = { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] };
  expect(Object.keys(violationsOf({}, by))).toEqual(['params.a', 'params.b']);
  expect(violationsOf({ a: 1, b: 1 }, by)).toEqual({
    params: expect.stringContaining('match exactly one schema in oneOf'),
  });
});

test('params beyond 256 KiB are refused', () => {
  expect(() => validateParams({ given: { text: 'x'.repeat(256 * 1024) } })).toThrow(
    expect.objectContaining({ reason: 'PARAMS_TOO_LARGE', message: expect.stringContaining('wanted at most 256 KiB') }),
  );
});

test('a name such as __proto__ is a name like any other', () => {
  const given: unknown = JSON.parse('{"__proto__": {"polluted": true}}');
  const params = validateParams({ given });
  expect(Object.keys(params)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test.each<[string, JsonObject, string]>([
  ['a misspelt keyword', { type: 'object', propertys: {} }, 'propertys'],
  ['a wrong type', { type: 'object', properties: { a: { type: 'text' } } }, 'wanted a JSON Schema'],
  ['a list', { type: 'array' }, 'params.type: got "array", wanted "object"'],
  ['an unknown format', { type: 'object', properties: { a: { type: 'string', format: 'shoe-size' } } }, 'shoe-size'],
  [
    'a pattern that is none',
    { type: 'object', properties: { a: { type: 'string', pattern: '(' } } },
    'wanted a JSON Schema',
  ],
  ['a schema elsewhere', { type: 'object', properties: { a: { $ref: 'https://example.org/x.json' } } }, 'example.org'],
  ['an older draft', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' }, 'draft-07'],
  ['an asynchronous one', { $async: true, type: 'object' }, '$async'],
])('a schema with %s is refused', (_, bad, message) => {
  expect(() => compileParams(bad)).toThrow(
    expect.objectContaining({ kind: 'InvalidInput', message: expect.stringContaining(message) }),
  );
});

test('a schema is compiled once, whatever the order of its keys', () => {
  const first = compileParams({ type: 'object', required: ['q'] });
  expect(compileParams({ required: ['q'], type: 'object' })).toBe(first);
  expect(compileParams({ required: ['r'], type: 'object' })).not.toBe(first);
});

test('two schemas that share an $id do not disturb each other', () => {
  const id = { $id: 'https://example.org/params', type: 'object' };
  expect(violationsOf({}, { ...id, required: ['a'] })).toHaveProperty(['params.a']);
  expect(violationsOf({}, { ...id, required: ['b'] })).toHaveProperty(['params.b']);
});

test('the number of schemas kept is bounded', () => {
  const first = compileParams({ type: 'object', title: 'first' });
  for (let n = 0; n < 1000; n += 1) compileParams({ type: 'object', title: `schema ${n}` });
  expect(compileParams({ type: 'object', title: 'first' })).not.toBe(first);
});

test('an output is kept whole or refused with the way out', () => {
  expect(checkOutput({ rows: 3 })).toBe('{"rows":3}');
  expect(checkOutput(undefined)).toBe('null');
  expect(() => checkOutput('x'.repeat(300_000))).toThrow(
    expect.objectContaining({
      reason: 'OUTPUT_TOO_LARGE',
      message: expect.stringContaining('write it to a file or object store and return its address'),
    }),
  );
  expect(() => checkOutput({ handle: () => 1 })).toThrow('output.handle: got a function, wanted plain JSON');
});
