import { IllegalTransition, InvalidInput, fieldViolation, type FieldViolation } from '@taskflow/domain';
import {
  adoptLeases,
  closeSessions,
  insertSession,
  lanesOfSessions,
  lockWorker,
  type LeaseRef,
  type Queryable,
} from '@taskflow/store';
import type { Ctx } from '../context.js';
import { announceEnds, type Ends } from '../task/announce-ends.js';
import { endSessionLeases } from './end-session-leases.js';
import { LEASE_TTL_MS, heartbeatMs } from './lease-times.js';
import { isReconnect } from './session-replaced.js';

export interface OpenSessionInput {
  /** Version of the session protocol: 1. */
  readonly protocol: number;
  /** Name of the worker, stable over reconnects, unique among live workers. */
  readonly worker: string;
  /** Made once by the worker's process: tells a reconnect from a restart. */
  readonly process?: string | undefined;
  readonly host: string;
  readonly version: string;
  /** `default` when empty. */
  readonly queues: readonly string[];
  /** Any that the handlers allow when empty. */
  readonly tasks: readonly string[];
  readonly handlers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Instances run at once, 1 to 10,000. */
  readonly slots: number;
  /** Leases that the worker still holds from before a reconnect. */
  readonly held: readonly LeaseRef[];
  /** Name of the api process. */
  readonly api: string;
  /** How long leases hold without a heartbeat, in milliseconds; 15,000 by default. */
  readonly leaseTtlMs?: number | undefined;
}

export interface OpenedSession {
  readonly sessionId: string;
  readonly laneIds: readonly number[];
  /** Of `held`: no longer this worker's. */
  readonly lost: readonly LeaseRef[];
  readonly leaseTtlMs: number;
  readonly heartbeatMs: number;
}

const PROTOCOL = 1;
const PAGE = 10_000;

/**
 * Opens the session of a worker that connects, and ends its earlier ones: leases that it holds become those of the new
 * session. The others go back to the queue at once; if the process is another one (it was restarted), those that it may have
 * started count as lost, so that what kills its worker again and again is found out.
 *
 * @throws IllegalTransition with reason PROTOCOL_UNSUPPORTED
 * @throws InvalidInput
 */
export async function openSession(ctx: Ctx, input: OpenSessionInput): Promise<OpenedSession> {
  checkHello(input);
  const { leaseTtlMs = LEASE_TTL_MS } = input;
  const queues = input.queues.length > 0 ? input.queues : ['default'];
  const { opened, ended } = await ctx.db.tx(async (q) => {
    const earlier = await lockWorker(q, input.worker);
    const sessionId = await insertSession(q, { ...input, queues, leaseTtlMs });
    const kept = input.held.length > 0 ? await adoptLeases(q, { ...input, sessionId }) : [];
    const ended = await replaceSessions(ctx, q, input, earlier);
    const [lanes] = await lanesOfSessions(q, [sessionId]);
    const mine = new Set(kept.map((row) => row.lease_id));
    const lost = input.held.filter((ref) => !mine.has(ref.leaseId));
    const laneIds = lanes?.lane_ids ?? [];
    return { opened: { sessionId, laneIds, lost, leaseTtlMs, heartbeatMs: heartbeatMs(leaseTtlMs) }, ended };
  });
  for (const ends of ended) announceEnds(ctx, ends);
  return opened;
}

async function replaceSessions(
  ctx: Ctx,
  q: Queryable,
  input: OpenSessionInput,
  earlier: readonly { readonly id: string; readonly process: string | null }[],
): Promise<Ends[]> {
  const ended: Ends[] = [];
  for (const session of earlier) {
    const reconnect = isReconnect(input, session);
    const end = {
      sessionIds: [session.id],
      actor: ctx.actor,
      as: reconnect ? ('returned' as const) : ('lost' as const),
      reason: reconnect ? 'NOT_DELIVERED' : 'WORKER_RESTARTED',
      message: `Worker "${input.worker}" was started again while it ran this attempt.`,
      limit: PAGE,
    };
    for (let more = true; more;) {
      const step = await endSessionLeases(q, end);
      ended.push(step.ends);
      more = step.more;
    }
    await closeSessions(q, [session.id], reconnect ? 'reconnected' : 'replaced');
  }
  return ended;
}

function checkHello(input: OpenSessionInput): void {
  if (input.protocol !== PROTOCOL) {
    throw new IllegalTransition(
      `This server speaks session protocol ${PROTOCOL}, worker "${input.worker}" asked for ${input.protocol}; upgrade the older of the two.`,
      { reason: 'PROTOCOL_UNSUPPORTED', metadata: { protocol: String(PROTOCOL) } },
    );
  }
  const faults: FieldViolation[] = [];
  if (input.worker === '' || input.worker.length > 200) {
    faults.push(fieldViolation('worker', input.worker, 'a name of 1 to 200 characters'));
  }
  if (!Number.isInteger(input.slots) || input.slots < 1 || input.slots > 10_000) {
    faults.push(fieldViolation('slots', input.slots, 'a whole number from 1 to 10000'));
  }
  if (faults.length > 0) throw InvalidInput.of('the hello of the worker', faults);
}
