import { InvalidInput, fieldViolation } from '@taskflow/domain';
import type {
  CompleteAndLeaseRequest,
  CompleteAndLeaseResponse,
  WorkerServiceService,
} from '@taskflow/proto/taskflow/v1/workers.js';
import type { Handlers } from '@taskflow/rpc/server';
import { readDuration } from '../message/duration.js';
import {
  readCompletion,
  readHello,
  readLeaseRef,
  readLogBatch,
  writeAck,
  writeLease,
  writeLogAck,
  writeWelcome,
} from '../message/worker.js';
import type { Hub, OpenedSession } from './hub.js';
import { awaitLeases } from './await-leases.js';
import { createMailboxes } from './mailbox.js';

const LONGEST_WAIT_MS = 60_000;
const MOST_LEASES = 1000;

/** CompleteAndLease over the hub: one turn of a worker that has no stream. */
export function serveCompleteAndLease(
  hub: Hub,
  api: string,
): Handlers<typeof WorkerServiceService>['completeAndLease'] {
  const mailboxes = createMailboxes(hub);
  return async (request, call) => {
    const turn = readTurn(request);
    const opened = await enter(hub, request, api);
    const { session } = opened;
    const mailbox = mailboxes.open(session);
    try {
      if (turn.logs.length > 0) session.logs.add(turn.logs);
      const acks = await session.complete(turn.completions);
      if (turn.handBack.length > 0) await session.handBack(turn.handBack);
      await session.logs.settled();
      const leases = await awaitLeases(
        hub,
        session,
        mailbox,
        { ...turn, heartbeatMs: opened.heartbeatMs },
        call.signal,
      );
      const { cancels, logAcks } = mailbox.take();
      return {
        welcome: request.hello === undefined ? undefined : writeWelcome(session.id, opened),
        acks: acks.map(writeAck),
        logAcks: logAcks.map(writeLogAck),
        leases: leases.map(writeLease),
        cancels: cancels.map(({ ref, reason }) => ({ ref, reason: reason ?? '' })),
      } satisfies CompleteAndLeaseResponse;
    } finally {
      mailboxes.leave(session);
    }
  };
}

function readTurn(request: CompleteAndLeaseRequest) {
  const { maxLeases } = request;
  if (maxLeases < 0 || maxLeases > MOST_LEASES) {
    throw InvalidInput.of('the request', [fieldViolation('max_leases', maxLeases, `0 to ${MOST_LEASES}`)]);
  }
  return {
    maxLeases,
    waitMs: readDuration(request.wait, 'wait', LONGEST_WAIT_MS) ?? 0,
    completions: request.completions.map(readCompletion),
    logs: request.logs.map(readLogBatch),
    handBack: request.handBack.map((ref, index) => readLeaseRef(ref, `hand_back[${index}]`)),
  };
}

async function enter(hub: Hub, request: CompleteAndLeaseRequest, api: string): Promise<OpenedSession> {
  const { hello, sessionId } = request;
  if (hello !== undefined) return hub.open({ ...readHello(hello), api });
  if (sessionId === '') {
    const wanted = 'the session_id of the first answer, or hello to begin a session';
    throw InvalidInput.of('the request', [fieldViolation('session_id', undefined, wanted)]);
  }
  const known = hub.find(sessionId);
  const session = known ?? (await hub.adopt(sessionId));
  return { session, lost: [], ...(await hub.heartbeat(sessionId)) };
}
