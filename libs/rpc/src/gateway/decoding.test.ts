import fc from 'fast-check';
import { InvalidInput } from '@taskflow/domain';
import { HTTP_ROUTES, type HttpRoute } from '@taskflow/proto';
import { fieldsOf } from './read-message.js';
import { matchRoute } from './match-route.js';
import { readRequest } from './read-request.js';
import { writeMessage } from './write-message.js';

const MESSAGE = /^taskflow\./;

function arbitraryMessage(type: string): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(fieldsOf(type));
  const oneofs = new Set(fields.flatMap(([, field]) => (field.oneof ? [field.oneof] : [])));
  const plain = fields.filter(([, field]) => field.oneof === undefined);
  const record = fc.record(
    Object.fromEntries(
      plain.map(([name, field]) => [
        name,
        field.repeated
          ? fc.array(arbitraryValue(field.type), { maxLength: 3 })
          : field.jsonText
            ? fc.dictionary(fc.string(), fc.integer())
            : arbitraryValue(field.type),
      ]),
    ),
    { requiredKeys: [] },
  );
  if (oneofs.size === 0) return record;
  const members = fields.filter(([, field]) => field.oneof !== undefined);
  const chosen = fc.oneof(
    ...members.map(([name, field]) => arbitraryValue(field.type).map((value) => ({ [name]: value }))),
  );
  return fc.tuple(record, chosen).map(([a, b]) => ({ ...a, ...b }));
}

function arbitraryValue(type: string): fc.Arbitrary<unknown> {
  if (MESSAGE.test(type)) return arbitraryMessage(type);
  switch (type) {
    case 'bool':
      return fc.boolean();
    case 'int32':
      return fc.integer();
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
    case 'google.protobuf.Timestamp':
      return fc
        .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString());
    case 'google.protobuf.Duration':
      return fc.nat({ max: 1_000_000 }).map((seconds) => `${seconds}s`);
    default:
      return fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'));
  }
}

const posts = HTTP_ROUTES.filter((route) => route.body === '*' && route.pathFields.length === 0);
const anyRoute = fc.constantFrom(...HTTP_ROUTES);
const match = (route: HttpRoute) => ({
  route,
  pathValues: Object.fromEntries(route.pathFields.map((name) => [name, 'x'])),
});
const NO_QUERY = new URLSearchParams();

test('whatever JSON is sent to whatever route is either a message or a list of faults', () => {
  fc.assert(
    fc.property(anyRoute, fc.json({ maxDepth: 5 }), fc.webQueryParameters(), (route, json, query) => {
      try {
        expect(readRequest(match(route), new URLSearchParams(query), JSON.parse(json))).toBeInstanceOf(Object);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInput);
        expect((error as InvalidInput).violations.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1000 },
  );
});

test.each(posts.map((route) => [route.method, route] as const))(
  'a good %s is read in full: written back and read again it is the same message',
  (_method, route) => {
    fc.assert(
      fc.property(arbitraryMessage(route.requestType), (json) => {
        const message = readRequest(match(route), NO_QUERY, json);
        const written: unknown = JSON.parse(writeMessage(route.requestType, message));
        expect(readRequest(match(route), NO_QUERY, written)).toEqual(message);
      }),
      { numRuns: 50 },
    );
  },
);

test.each([
  [{ pramas: {} }, /pramas: there is no such field; did you mean "params"/],
  [{ task: 7 }, /task: got 7, wanted a string/],
  [{ task: 'a\0b' }, /task: .*without NUL/],
  [{ runAt: 'tomorrow' }, /runAt: got "tomorrow", wanted a moment/],
  [{ runAt: '2026-02-31T25:00:00Z' }, /runAt: /],
  [{ unique: { ttl: 'soon' } }, /unique\.ttl: got "soon", wanted a duration/],
  [{ unique: [] }, /unique: got a list of 0, wanted an object/],
  [{ unique: { key: 'k', colour: 'red' } }, /unique\.colour: there is no such field/],
  [{ constructor: 'x' }, /constructor: there is no such field/],
  [[], /got a list of 0, wanted an object/],
  ['text', /got "text", wanted an object/],
])('%j is refused with the field and what is wanted', (body, message) => {
  const route = HTTP_ROUTES.find(({ method }) => method === 'submitTask') as HttpRoute;
  expect(() => readRequest(match(route), NO_QUERY, body)).toThrow(message);
});

test('params nested too deeply are refused, not overflowed', () => {
  const route = HTTP_ROUTES.find(({ method }) => method === 'submitTask') as HttpRoute;
  const deep: unknown = JSON.parse(`{"params":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
  expect(() => readRequest(match(route), NO_QUERY, deep)).toThrow(/levels of nesting/);
});

test('a submission is a task or a workflow, not both', () => {
  const route = HTTP_ROUTES.find(({ method }) => method === 'submitBatch') as HttpRoute;
  const body = { submissions: [{ task: { task: 'a' } }, { task: { task: 'a' }, workflow: { workflow: 'b' } }] };
  expect(() => readRequest(match(route), NO_QUERY, body)).toThrow(/submissions\[1\]\.workflow: .*nothing beside task/);
});

describe('a query', () => {
  const list = HTTP_ROUTES.find(({ method }) => method === 'listTaskInstances') as HttpRoute;
  const read = (query: string) => readRequest(match(list), new URLSearchParams(query), undefined);

  it('is typed by the message: numbers, repeated values, moments, either spelling', () => {
    expect(read('pageSize=5&status=failed&status=queued&created_after=2026-11-24T00:00:00Z')).toMatchObject({
      pageSize: 5,
      status: ['failed', 'queued'],
      createdAfter: new Date('2026-11-24T00:00:00Z'),
    });
  });

  it.each([
    ['pageSize=many', /pageSize: got "many", wanted a 32-bit integer/],
    ['pageSize=1&pageSize=2', /pageSize: .*wanted one value/],
    ['statuss=failed', /statuss: there is no such field; did you mean "status"/],
    ['createdAfter=yesterday', /createdAfter: .*wanted a moment/],
  ])('%s is refused', (query, message) => {
    expect(() => read(query)).toThrow(message);
  });
});

test('every route is found by its own path, a verb apart from its resource', () => {
  for (const route of HTTP_ROUTES) {
    const path = route.path.replaceAll(/\{[^}]*\}/g, 'a.b-c_1');
    expect(matchRoute(route.httpMethod, path)?.route.method).toBe(route.method);
  }
  expect(matchRoute('GET', '/v1/task-instances/5:wait')?.pathValues).toEqual({ id: '5' });
  expect(matchRoute('GET', '/v1/task-instances/')).toBeUndefined();
});

test('numbers within JSON fields are passed on digit by digit', () => {
  const instance = { id: '1', outputJson: '{"n":12345678901234567890}', finishedAt: new Date(0), attempt: 2 };
  const text = writeMessage('taskflow.v1.GetTaskInstanceResponse', { instance });
  expect(text).toContain('"output":{"n":12345678901234567890}');
  expect(text).toContain('"finishedAt":"1970-01-01T00:00:00.000Z"');
});
