import { isJsonObject, type JsonValue } from '@taskflow/domain';
import type { LogChunk, LogQuery } from '../destination.js';
import type { Cluster } from './cluster.js';
import { isGone, KubeError } from './kube-error.js';

/** The last line taken, and how many of exactly its time: the server's own `sinceTime` knows seconds alone. */
interface Position {
  readonly time: string;
  readonly count: number;
}

const MOST_BYTES = 16 * 1024 * 1024;

/**
 * The next lines of a pod's main container. The server keeps no place in a log: it is asked from the second of the last line
 * on, and what was taken is left out.
 */
export async function readLog(
  cluster: Cluster,
  pod: { readonly namespace: string; readonly name: string; readonly container: string },
  query: LogQuery,
  signal: AbortSignal,
): Promise<LogChunk> {
  const from = readPosition(query.position);
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log`;
  for (let bytes = query.maxBytes; ; bytes *= 4) {
    const text = await cluster
      .text({
        method: 'GET',
        path,
        signal,
        query: {
          container: pod.container,
          timestamps: 'true',
          limitBytes: String(bytes),
          ...(from === undefined ? {} : { sinceTime: `${from.time.slice(0, 19)}Z` }),
        },
      })
      .catch((error: unknown) => {
        // Not started yet, or gone already.
        if (isGone(error) || (error instanceof KubeError && error.status.code === 400)) return '';
        throw error;
      });
    const isCut = Buffer.byteLength(text) >= bytes;
    const lines = newLines(text, from, query.ended && !isCut);
    // A second that holds more than was asked for.
    if (lines.length === 0 && isCut && bytes < MOST_BYTES) continue;
    return {
      lines: lines.map(({ text: line }) => ({ stream: 'stdout', text: line.replaceAll('\0', '\uFFFD') })),
      position: positionAfter(lines, from),
    };
  }
}

interface TimedLine {
  readonly time: string;
  readonly text: string;
}

function newLines(text: string, from: Position | undefined, all: boolean): TimedLine[] {
  const end = all ? text.length : text.lastIndexOf('\n') + 1;
  const lines = text
    .slice(0, end)
    .replace(/\n$/, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [time = ''] = line.split(' ', 1);
      return { time, text: line.slice(time.length + 1) };
    });
  if (from === undefined) return lines;
  let taken = 0;
  return lines.filter(({ time }) => time > from.time || (time === from.time && (taken += 1) > from.count));
}

function positionAfter(lines: readonly TimedLine[], from: Position | undefined): JsonValue {
  const last = lines.at(-1);
  if (last === undefined) return from === undefined ? null : { ...from };
  const before = from?.time === last.time ? from.count : 0;
  return { time: last.time, count: before + lines.filter(({ time }) => time === last.time).length };
}

function readPosition(position: JsonValue): Position | undefined {
  if (!isJsonObject(position)) return undefined;
  const { time, count } = position;
  return typeof time === 'string' && typeof count === 'number' ? { time, count } : undefined;
}
