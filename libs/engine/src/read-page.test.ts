import fc from 'fast-check';
import { readPageToken } from './page.js';
import { PAGE_BYTES, readPage } from './read-page.js';

interface Row {
  readonly id: number;
  readonly bytes: number;
}

test('pages of items of any size follow each other without a gap, in bytes and number within bounds', async () => {
  const sizes = fc.array(fc.oneof(fc.nat(10), fc.nat(PAGE_BYTES / 4), fc.constant(PAGE_BYTES + 1)), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 8 }),
      async (bytes, size, step) => {
        const rows = bytes.map((each, id) => ({ id, bytes: each }));
        const seen: Row[] = [];
        for (let token: string | undefined; token !== '';) {
          const from = Number(readPageToken('rows', token)?.[0] ?? -1) + 1;
          const page = await readPage<Row>('rows', size, {
            step,
            read: (limit, last) => {
              const start = last === undefined ? from : last.id + 1;
              return Promise.resolve(rows.slice(start, start + limit));
            },
            bytesOf: (row) => row.bytes,
            keyOf: ({ id }) => [String(id)],
          });
          expect(page.items.length).toBeLessThanOrEqual(size);
          const held = page.items.reduce((sum, row) => sum + row.bytes, 0);
          expect(page.items.length <= 1 || held <= PAGE_BYTES).toBe(true);
          seen.push(...page.items);
          token = page.nextPageToken;
        }
        expect(seen).toEqual(rows);
      },
    ),
  );
});
