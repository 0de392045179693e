import fc from 'fast-check';
import type { JsonValue } from '../json.js';
import { referencedTasks, resolveTemplates, type TemplateScope } from './resolve-template.js';

const scope: TemplateScope = {
  params: { city: 'Oslo', limit: 5, 'a b': 'spaced', none: null, filter: { tags: ['x', 'y'] }, 'dash-ed': 1 },
  tasks: { extract: { output: { rows: [{ id: 7 }, { id: 8 }], path: 'file:/tmp/x' } }, 'v1.load': { output: 3 } },
  run: { id: '42', scheduled_for: '2026-03-01T06:00:00Z' },
};

test.each<[string, JsonValue]>([
  ['plain text', 'plain text'],
  ['', ''],
  ['{{ params.city }}', 'Oslo'],
  ['{{params.limit}}', 5],
  ['{{ params.none }}', null],
  ['{{ params.filter }}', { tags: ['x', 'y'] }],
  ['{{ params.filter.tags[1] }}', 'y'],
  ['{{ params.filter.tags.1 }}', 'y'],
  ['{{ params["a b"] }}', 'spaced'],
  ['{{ params.dash-ed }}', 1],
  ['{{ tasks.extract.output.rows[0].id }}', 7],
  ['{{ tasks["v1.load"].output }}', 3],
  ['{{ run.id }}', '42'],
  ['{{ params.city }}-{{ run.id }}.csv', 'Oslo-42.csv'],
  [' {{ params.limit }}', ' 5'],
  ['tags: {{ params.filter.tags }}', 'tags: ["x","y"]'],
  ['\\{{ params.city }}', '{{ params.city }}'],
  ['a }} b', 'a }} b'],
])('%j becomes %j', (text, value) => {
  expect(resolveTemplates(text, scope)).toEqual(value);
});

test('resolves at any depth, keeps names, and changes nothing else', () => {
  const value = { '{{ params.city }}': [{ deep: '{{ run.id }}' }, 1, null, true] };
  expect(resolveTemplates(value, scope)).toEqual({ '{{ params.city }}': [{ deep: '42' }, 1, null, true] });
});

test('what a reference brings in is not read as a template again', () => {
  const tricky = { ...scope, params: { text: '{{ run.id }}' } };
  expect(resolveTemplates('{{ params.text }} and {{ params.text }}', tricky)).toBe('{{ run.id }} and {{ run.id }}');
});

test.each([
  ['{{ params.town }}', 'params.x: {{ params.town }} does not exist: in params, known: city'],
  ['{{ params.citi }}', 'did you mean "city"?'],
  ['{{ tasks.load.output }}', 'in tasks, known: extract, v1.load'],
  ['{{ tasks.extract.output.rows[9] }}', 'in tasks.extract.output.rows, a list of 2'],
  ['{{ tasks.extract.output.rows.length }}', 'a list of 2'],
  ['{{ params.city.name }}', 'params.city is "Oslo", with nothing in it'],
  ['{{ params.none.name }}', 'params.none is null, with nothing in it'],
  ['{{ params.constructor }}', 'does not exist'],
  ['{{ params.__proto__ }}', 'does not exist'],
  ['rows-{{ params.none }}.csv', 'is null, wanted a value to write into the text'],
  ['{{ params }}', 'is no reference, wanted {{ params.NAME }}'],
  ['{{ }}', 'is no reference'],
  ['{{ 1 + 1 }}', 'is no reference'],
  ['{{ env.HOME }}', 'is no reference'],
  ['{{ params.city | upper }}', 'cannot be read from " | upper"'],
  ['{{ params.f() }}', 'cannot be read from "()"'],
  ['{{ tasks.extract.rows }}', 'names no output of a task'],
  ['{{ params.city', 'has no closing }}'],
])('%j is refused', (text, message) => {
  expect(() => resolveTemplates(text, scope, 'params.x')).toThrow(
    expect.objectContaining({ kind: 'InvalidInput', message: expect.stringContaining(message) }),
  );
});

test('a fault deep within names its field', () => {
  expect(() => resolveTemplates({ rows: ['', '{{ params.no }}'] }, scope)).toThrow(
    /^the template cannot be accepted: params\.rows\[1\]: /,
  );
});

test('finds the tasks that a value needs', () => {
  expect(
    referencedTasks({
      a: 'x {{ tasks.extract.output }} {{ tasks["v1.load"].output.n }}',
      b: ['{{ params.tasks }}', '{{ tasks.z.output }}'],
    }),
  ).toEqual([
    { key: 'extract', field: 'params.a' },
    { key: 'v1.load', field: 'params.a' },
    { key: 'z', field: 'params.b[1]' },
  ]);
});

test('text without braces is never changed, and escaped braces come out as they were', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const bare = text.replaceAll('{', '(').replaceAll('\\', '/');
      expect(resolveTemplates(bare, scope)).toBe(bare);
      expect(resolveTemplates(`${bare}\\{{${bare}`, scope)).toBe(`${bare}{{${bare}`);
    }),
  );
});
