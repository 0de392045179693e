import fc from 'fast-check';
import { formatTraceparent, parseTraceparent } from './trace-context.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

test('reads the parts', () => {
  expect(parseTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, sampled: true });
  expect(parseTraceparent(`00-${traceId}-${spanId}-00`)).toEqual({ traceId, spanId, sampled: false });
});

test('a later version is read by its known parts', () => {
  expect(parseTraceparent(`cc-${traceId}-${spanId}-01-what-the-future-brings`)?.traceId).toBe(traceId);
});

test.each([
  '',
  'no',
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId}-${spanId}-01-more`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId}-${spanId}`,
])('%p is ignored', (header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});

test('what is formatted reads back as itself', () => {
  const hex = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
  const ids = fc.tuple(hex(32), hex(16)).filter((pair) => pair.every((id) => !/^0+$/.test(id)));
  fc.assert(
    fc.property(ids, fc.boolean(), ([trace, span], sampled) => {
      const context = { traceId: trace, spanId: span, sampled };
      expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
    }),
  );
});
