import { isJsonObject, type JsonObject, type JsonValue } from '@taskflow/domain';
import type { LogChunk, LogQuery } from '../destination.js';

const STREAMS = ['stderr', 'stdout'] as const;
const LONGEST_LINE = 16 * 1024;

/** Where the sandbox of a task is read: the agent's address and the path that it knows the task by. */
export interface Sandbox {
  readonly agent: string;
  readonly path: string;
}

/** The next complete lines of a task's two files; places are bytes. */
export async function readLog({ agent, path }: Sandbox, query: LogQuery, signal: AbortSignal): Promise<LogChunk> {
  const position: Record<string, JsonValue> = {};
  const lines: { stream: 'stdout' | 'stderr'; text: string }[] = [];
  let room = query.maxBytes;
  for (const stream of STREAMS) {
    const from = offsetOf(query.position, stream);
    const text = room > 0 ? await readPart(`${agent}/files/read`, `${path}/${stream}`, from, room, signal) : '';
    const bytes = Buffer.from(text);
    const isLast = query.ended && bytes.length < room;
    const lineEnd = bytes.lastIndexOf(10) + 1;
    const end = isLast || (lineEnd === 0 && bytes.length >= LONGEST_LINE) ? bytes.length : lineEnd;
    position[stream] = from + end;
    room -= end;
    if (end === 0) continue;
    const taken = bytes.toString('utf8', 0, end).replaceAll('\0', '\uFFFD').replace(/\n$/, '');
    for (const line of taken.split('\n')) lines.push({ stream, text: line });
  }
  return { lines, position: position as JsonObject };
}

function offsetOf(position: JsonValue, stream: string): number {
  const offset = isJsonObject(position) ? position[stream] : undefined;
  return typeof offset === 'number' ? offset : 0;
}

async function readPart(
  url: string,
  path: string,
  offset: number,
  length: number,
  signal: AbortSignal,
): Promise<string> {
  const query = new URLSearchParams({ path, offset: String(offset), length: String(length) });
  const response = await fetch(`${url}?${query.toString()}`, { signal });
  // Not written yet, or cleared away.
  if (response.status === 404) return '';
  if (!response.ok) throw new Error(`the agent answered ${String(response.status)} for ${path}`);
  const { data } = (await response.json()) as { data?: string };
  return data ?? '';
}
