import { parseId } from './ids.js';

test.each(['1', '42', '9223372036854775807'])('%s is an id', (id) => {
  expect(parseId(id, 'id')).toBe(id);
});

test.each(['', '0', '-1', '007', '1.5', '1e3', ' 1', '9223372036854775808', 'abc', 42, 42n, null, undefined])(
  '%p is refused with its field',
  (value) => {
    expect(() => parseId(value, 'task_instance_id')).toThrow(/task_instance_id: .*wanted an id/);
  },
);
