import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonValue } from '@taskflow/domain';
import type { LogChunk, LogQuery } from '../destination.js';
import { ifThere } from './job-folder.js';

const LONGEST_LINE = 16 * 1024;
const STREAMS = ['stderr', 'stdout'] as const;

/** The next complete lines of a job's output. `quiet` leaves out standard output, which goes elsewhere. */
export async function readLog(directory: string, query: LogQuery, quiet: boolean): Promise<LogChunk> {
  const position: Record<string, JsonValue> = {};
  const lines: { stream: 'stdout' | 'stderr'; text: string }[] = [];
  let room = query.maxBytes;
  for (const stream of STREAMS) {
    const from = offsetOf(query.position, stream);
    position[stream] = from;
    if (quiet && stream === 'stdout') continue;
    const bytes = await readPart(join(directory, stream), from, room);
    const end = endOfLines(bytes, query.ended && bytes.length < room);
    position[stream] = from + end;
    room -= end;
    if (end === 0) continue;
    const text = bytes.toString('utf8', 0, end).replaceAll('\0', '\uFFFD');
    for (const line of text.replace(/\n$/, '').split('\n')) lines.push({ stream, text: line });
  }
  return { lines, position };
}

/** The last lines of standard error, for the reason of a failure. */
export async function readTail(directory: string): Promise<string> {
  const size = 4096;
  const path = join(directory, 'stderr');
  const text = await withFile(path, async (file) => {
    const from = Math.max(0, (await file.stat()).size - size);
    return (await file.read(Buffer.alloc(size), 0, size, from)).buffer.toString('utf8').replaceAll('\0', '');
  });
  const lines = (text ?? '').split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-5).join('\n');
}

function endOfLines(bytes: Buffer, all: boolean): number {
  if (all) return bytes.length;
  const end = bytes.lastIndexOf(10) + 1;
  return end === 0 && bytes.length >= LONGEST_LINE ? bytes.length : end;
}

function offsetOf(position: JsonValue, stream: string): number {
  if (typeof position !== 'object' || position === null) return 0;
  const offset: unknown = Object.entries(position).find(([name]) => name === stream)?.[1];
  return typeof offset === 'number' ? offset : 0;
}

async function readPart(path: string, from: number, length: number): Promise<Buffer> {
  if (length <= 0) return Buffer.alloc(0);
  const part = await withFile(path, async (file) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  });
  return part ?? Buffer.alloc(0);
}

async function withFile<T>(
  path: string,
  use: (file: Awaited<ReturnType<typeof open>>) => Promise<T>,
): Promise<T | undefined> {
  const file = await ifThere(open(path, 'r'));
  if (file === undefined) return undefined;
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
