import { openContext, type TestContext } from '../test/open-context.js';
import { complete, connect, defineTasks, lease, submit } from '../test/worker-bench.js';
import { handBack } from '../task/hand-back.js';
import { appendLogs } from './append-logs.js';

let ctx: TestContext;

beforeAll(async () => {
  ctx = await openContext();
  await defineTasks(ctx, { name: 'load' });
});
afterAll(() => ctx.close());

const line = (seq: number, text = `line ${seq}`) => ({
  seq: String(seq),
  stream: 'stdout' as const,
  at: new Date(seq),
  line: text,
});
const stored = async (id: string) => {
  const rows = await ctx.sql<{ line: string }>(`select line from task_logs where task_instance_id = $1 order by seq`, [
    id,
  ]);
  return rows.map((row) => row.line);
};

test('lines are stored once, also those that come after the end; those of a lease that is gone are dropped', async () => {
  const [id = ''] = await submit(ctx, 'load');
  const session = await connect(ctx, 'w');
  const { sessionId } = session;
  const [first] = await lease(ctx, session);
  if (!first) throw new Error('it was not leased');
  const append = (ref: typeof first.ref, ...lines: ReturnType<typeof line>[]) =>
    appendLogs(ctx, { sessionId, batches: [{ ref, lines }] });
  expect(await append(first.ref, line(1), line(2, 'a\0b'))).toEqual([{ ref: first.ref, seq: '2' }]);
  expect(await append(first.ref, line(2, 'a\0b'), line(3))).toEqual([{ ref: first.ref, seq: '3' }]);
  await complete(ctx, [first]);
  await append(first.ref, line(4));
  expect(await stored(id)).toEqual(['line 1', 'a\uFFFDb', 'line 3', 'line 4']);

  const [other = ''] = await submit(ctx, 'load');
  const [lost] = await lease(ctx, session);
  if (!lost) throw new Error('it was not leased');
  await handBack(ctx, { sessionId, leases: [lost.ref] });
  expect(await append(lost.ref, line(1))).toEqual([{ ref: lost.ref, seq: '1' }]);
  expect(await stored(other)).toEqual([]);
  expect(await appendLogs(ctx, { sessionId, batches: [] })).toEqual([]);
});
