import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { isJsonObject, type JsonValue } from '@taskflow/domain';
import type { LogChunk, LogQuery } from '../destination.js';
import type { BatchCalls } from './batch-clients.js';
import type { LogRef } from './observe-job.js';

const MOST_EVENTS = 10_000;
/** Short of an event, the least that a line costs. */
const EVENT_BYTES = 26;

/**
 * The next events of a job's log stream, which holds standard output and standard error alike. An empty page is not the end:
 * the end is where the token comes back that was sent.
 */
export async function readLog(
  calls: BatchCalls,
  { group, stream }: LogRef,
  query: LogQuery,
  signal: AbortSignal,
): Promise<LogChunk> {
  if (stream === null) return { lines: [], position: query.position };
  let token = tokenOf(query.position, stream);
  for (;;) {
    const command = new GetLogEventsCommand({
      logGroupName: group,
      logStreamName: stream,
      startFromHead: true,
      limit: Math.max(1, Math.min(MOST_EVENTS, Math.floor(query.maxBytes / EVENT_BYTES))),
      ...(token === undefined ? {} : { nextToken: token }),
    });
    const page = await calls
      .run('log', ({ logs }, abortSignal) => logs.send(command, { abortSignal }), signal)
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
        throw error;
      });
    if (page === undefined) return { lines: [], position: query.position };
    const { events = [], nextForwardToken: next } = page;
    if (events.length === 0 && next !== undefined && next !== token) {
      token = next;
      continue;
    }
    const lines = events.flatMap(({ message = '' }) =>
      message
        .replace(/\n$/, '')
        .replaceAll('\0', '�')
        .split('\n')
        .map((text) => ({ stream: 'stdout' as const, text })),
    );
    return { lines, position: { stream, token: next ?? null } };
  }
}

function tokenOf(position: JsonValue, stream: string): string | undefined {
  if (!isJsonObject(position) || position['stream'] !== stream) return undefined;
  const token = position['token'];
  return typeof token === 'string' ? token : undefined;
}
