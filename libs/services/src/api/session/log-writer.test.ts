import { Unavailable } from '@taskflow/domain';
import type { LogAck, LogBatchInput } from '@taskflow/engine';
import { createLogWriter, type LogWriter } from './log-writer.js';

let writes: (readonly LogBatchInput[])[];
let acks: LogAck[];
let errors: unknown[];
let append: (batches: readonly LogBatchInput[]) => Promise<readonly LogAck[]>;
let writer: LogWriter;

const batch = (id: number, line = 'x'): LogBatchInput => ({
  ref: { id: String(id), attempt: 1, leaseId: String(id) },
  lines: [{ seq: '1', stream: 'stdout', at: new Date(0), line }],
});
const store = async (batches: readonly LogBatchInput[]) =>
  batches.map(({ ref }): LogAck => ({ ref, seq: '1' }) as LogAck);

beforeEach(() => {
  writes = [];
  acks = [];
  errors = [];
  append = store;
  writer = createLogWriter({
    append: (batches) => {
      writes.push(batches);
      return append(batches);
    },
    onAcks: (more) => acks.push(...more),
    onError: (error) => errors.push(error),
  });
});

test('lines are stored in order, those of one turn together, and acknowledged', async () => {
  writer.add([batch(1)]);
  writer.add([batch(2)]);
  await writer.settled();
  expect(writes.map((each) => each.map(({ ref }) => ref.id))).toEqual([['1', '2']]);
  expect(acks.map(({ ref }) => ref.id)).toEqual(['1', '2']);
});

test('a result can wait for the lines of its own lease, and for no others', async () => {
  let release = (): void => undefined;
  append = async (batches) => {
    if (batches.some(({ ref }) => ref.id === '2')) await new Promise<void>((resolve) => (release = resolve));
    return store(batches);
  };
  writer.add([batch(1, 'y'.repeat(1024 * 1024)), batch(2)]);
  await writer.pendingOf(batch(1).ref);
  expect(writer.pendingOf(batch(3).ref)).toBeUndefined();
  const second = writer.pendingOf(batch(2).ref);
  while (writes.length < 2) await new Promise(setImmediate);
  release();
  await second;
  expect(acks.map(({ ref }) => ref.id)).toEqual(['1', '2']);
});

test('a flood is held back beyond the buffer and let go when it is written', async () => {
  let release = (): void => undefined;
  append = async (batches) => {
    if (writes.length === 1) await new Promise<void>((resolve) => (release = resolve));
    return store(batches);
  };
  for (let i = 0; i < 5; i += 1) writer.add([batch(i, 'x'.repeat(1024 * 1024))]);
  expect(writer.full()).toBe(true);
  while (writes.length === 0) await new Promise(setImmediate);
  release();
  await writer.relieved();
  expect(writer.full()).toBe(false);
  await writer.settled();
});

test('lines wait for a database that is away', async () => {
  let tries = 0;
  append = async (batches) => {
    tries += 1;
    if (tries === 1) throw new Unavailable('away', { reason: 'DATABASE_DOWN' });
    return store(batches);
  };
  writer.add([batch(1)]);
  await writer.settled();
  expect(acks).toHaveLength(1);
});

test('lines that cannot be stored do not stop those after them', async () => {
  append = async (batches) => {
    if (writes.length === 1) throw new Error('a fault');
    return store(batches);
  };
  writer.add([batch(1)]);
  await writer.settled();
  writer.add([batch(2)]);
  await writer.settled();
  expect(errors).toHaveLength(1);
  expect(acks.map(({ ref }) => ref.id)).toEqual(['2']);
});
