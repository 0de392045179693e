import { parentPort, workerData } from 'node:worker_threads';
import { isTaskflowError } from '@taskflow/domain/errors';
import { createClient, openChannel } from '@taskflow/rpc/client';
import { WorkerServiceService } from '@taskflow/proto/taskflow/v1/workers.js';
import { durationMs } from '../duration-message.js';
import { isKeptOut } from './kept-out.js';
import { isReplaced } from './replaced.js';
import type { Beat, HeartbeatReport, LostSession, ThreadData } from './heartbeat-protocol.js';

// Renews the session's leases from a thread and a connection of its own: whatever user code does to the main thread, the
// leases hold. The thread ends with the process, and the leases with it.

const RETRY_MS = 500;

const { address, token } = workerData as ThreadData;
let channel = openChannel(address, { token });
let client = createClient(WorkerServiceService, channel);

let beat: Beat | undefined;
let timer: NodeJS.Timeout | undefined;
let renewedAt = 0;

parentPort?.on('message', (next: Beat) => {
  clearTimeout(timer);
  beat = next;
  renewedAt = performance.now();
  timer = setTimeout(() => void renew(next, next.ttlMs), next.intervalMs);
});

report({ kind: 'ready' });

async function renew(current: Beat, ttlMs: number): Promise<void> {
  const sentAt = performance.now();
  const next = await ask(current, ttlMs);
  if (beat !== current) return;
  if ('lost' in next) {
    beat = undefined;
    return report({ kind: 'lost', sessionId: current.sessionId, lost: next.lost });
  }
  const waitMs = Math.max(0, next.waitMs - (performance.now() - sentAt));
  timer = setTimeout(() => void renew(current, next.ttlMs), waitMs);
}

async function ask(
  { sessionId, intervalMs }: Beat,
  ttlMs: number,
): Promise<{ readonly waitMs: number; readonly ttlMs: number } | { readonly lost: LostSession }> {
  const sentAt = performance.now();
  const timeoutMs = Math.max(1000, Math.min(ttlMs / 3, 5000));
  try {
    const { leaseTtl } = await client.heartbeat({ sessionId }, { timeoutMs });
    if (beat?.sessionId === sessionId) renewedAt = sentAt;
    report({ kind: 'beat', sessionId });
    return { waitMs: intervalMs, ttlMs: durationMs(leaseTtl, ttlMs) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    if (isTaskflowError(error) && error.kind === 'LeaseLost') return { lost: { detail, replaced: isReplaced(error) } };
    if (isKeptOut(error)) return { lost: { detail, replaced: false } };
    if (performance.now() - renewedAt > ttlMs) {
      return { lost: { detail: `no heartbeat was answered for ${ttlMs} ms: ${detail}`, replaced: false } };
    }
    report({ kind: 'trouble', sessionId, detail });
    if (isTaskflowError(error) && error.reason === 'DEADLINE_EXCEEDED') reconnect();
    return { waitMs: Math.min(RETRY_MS, intervalMs), ttlMs };
  }
}

/** A connection that gave no answer may be half-open: what it takes to find that out by itself is more than a lease has left. */
function reconnect(): void {
  channel.close();
  channel = openChannel(address, { token });
  client = createClient(WorkerServiceService, channel);
}

function report(what: HeartbeatReport): void {
  parentPort?.postMessage(what);
}
