import { InvalidInput, fieldViolation } from '@taskflow/domain';
import type { SessionRequest, WorkerServiceService } from '@taskflow/proto/taskflow/v1/workers.js';
import type { Handlers } from '@taskflow/rpc/server';
import {
  readCompletion,
  readHello,
  readLeaseRef,
  readLogBatch,
  writeAck,
  writeLeases,
  writeLogAck,
  writeWelcome,
} from '../message/worker.js';
import type { Hub } from './hub.js';
import type { Taker } from './taker.js';
import { createOutbox, type Outbox } from './outbox.js';
import type { WorkerSession } from './worker-session.js';

type SessionMessage = NonNullable<SessionRequest['message']>;

// Beyond this many completions on their way to the database a worker's stream is read no further.
const MOST_UNRECORDED = 20_000;
const MOST_CREDITS = 100_000;

/** The Session stream over the hub. */
export function serveSession(hub: Hub, api: string): Handlers<typeof WorkerServiceService>['session'] {
  return async (stream, call) => {
    const messages = stream[Symbol.asyncIterator]();
    const hello = await firstHello(messages);
    const { session, ...opened } = await hub.open({ ...readHello(hello), api });
    const outbox = createOutbox(stream);
    const link = createLink(hub, session, outbox);
    outbox.send({ message: { $case: 'welcome', value: writeWelcome(session.id, opened) } });
    hub.leases.join(link.taker);
    const who = { worker: session.worker, session_id: session.id };
    call.logger.info({ ...who, lanes: session.laneIds.length, lost: opened.lost.length }, 'worker connected');
    try {
      const ended = await Promise.race([link.ended, readAll(messages, link).then(() => 'read' as const)]);
      if (ended !== 'read') return;
      await link.recorded();
      // A connection that breaks looks like one that ends: only a worker that drained and holds nothing has said goodbye.
      if (link.drained() && !session.busy()) await hub.close(session, 'drained');
    } finally {
      hub.leases.leave(link.taker);
      hub.drop(session);
      call.logger.info(who, 'worker disconnected');
    }
  };
}

async function firstHello(messages: AsyncIterator<SessionRequest>) {
  const first = await messages.next();
  const message: SessionMessage | undefined = first.done ? undefined : first.value.message;
  if (message?.$case === 'hello') return message.value;
  throw InvalidInput.of('the session', [fieldViolation('message', message?.$case, 'hello as the first message')]);
}

async function readAll(messages: AsyncIterator<SessionRequest>, link: Link): Promise<void> {
  for (let next = await messages.next(); !next.done; next = await messages.next()) {
    link.receive(next.value.message);
    await link.relieved();
  }
}

interface Link {
  readonly taker: Taker;
  /** Settles when the server ends the stream. */
  readonly ended: Promise<void>;
  receive(message: SessionMessage | undefined): void;
  /** Resolves when this worker's unread acks, log lines and unrecorded results are few enough to read on. */
  relieved(): Promise<void>;
  recorded(): Promise<void>;
  /** The worker said that it takes no more. */
  drained(): boolean;
}

function createLink(hub: Hub, session: WorkerSession, outbox: Outbox): Link {
  const end = Promise.withResolvers<void>();
  const inFlight = new Set<Promise<void>>();
  let unrecorded = 0;
  let credits = 0;
  let draining = false;
  let drained = false;
  const taker: Taker = {
    sessionId: session.id,
    get laneIds() {
      return session.laneIds;
    },
    wanted: () => (draining || outbox.blocked() ? 0 : credits),
    take(leases) {
      credits -= leases.length;
      session.holds(leases);
      for (const value of writeLeases(leases)) outbox.send({ message: { $case: 'leases', value } });
    },
  };
  const track = (work: Promise<void>): void => {
    const tracked = work.catch((error: unknown) => end.reject(error)).finally(() => inFlight.delete(tracked));
    inFlight.add(tracked);
  };
  outbox.onRoom(() => hub.leases.changed(taker));
  session.onLanes = () => hub.leases.changed(taker);
  session.onCancels = (cancels) =>
    outbox.send({
      message: {
        $case: 'cancels',
        value: { cancels: cancels.map(({ ref, reason }) => ({ ref, reason: reason ?? '' })) },
      },
    });
  session.onLogAcks = (acks) => outbox.send({ message: { $case: 'logAcks', value: { acks: acks.map(writeLogAck) } } });
  session.onGoAway = (reason) => {
    draining = true;
    outbox.send({ message: { $case: 'goAway', value: { reason } } });
  };
  session.onEnd = (error) => (error ? end.reject(error) : end.resolve());

  const complete = async (message: Extract<SessionMessage, { $case: 'completions' }>['value']): Promise<void> => {
    const completions = message.completions.map(readCompletion);
    unrecorded += completions.length;
    const acks = await session.complete(completions).finally(() => {
      unrecorded -= completions.length;
    });
    outbox.send({ message: { $case: 'acks', value: { acks: acks.map(writeAck) } } });
  };
  // What fails here is a message that cannot be read: the stream ends with the reason.
  end.promise.catch(() => undefined);

  return {
    taker,
    ended: end.promise,
    receive(message) {
      switch (message?.$case) {
        case 'credit':
          credits += readCredit(message.value.leases, credits);
          return hub.leases.changed(taker);
        case 'completions':
          return track(complete(message.value));
        case 'logs':
          return session.logs.add(message.value.batches.map(readLogBatch));
        case 'handBack':
          return track(session.handBack(message.value.leases.map((ref) => readLeaseRef(ref, 'hand_back.leases'))));
        case 'drain':
          draining = true;
          drained = true;
          return track(hub.drain(session));
        default:
          throw InvalidInput.of('the session', [
            fieldViolation('message', message?.$case, 'credit, completions, logs, hand_back or drain'),
          ]);
      }
    },
    async relieved() {
      await outbox.room();
      if (session.logs.full()) await session.logs.relieved();
      while (unrecorded > MOST_UNRECORDED) await Promise.race(inFlight);
    },
    drained: () => drained,
    async recorded() {
      while (inFlight.size > 0) await Promise.all(inFlight);
    },
  };
}

function readCredit(leases: number, current: number): number {
  if (leases > 0 && leases + current <= MOST_CREDITS) return leases;
  throw InvalidInput.of('the credit', [
    fieldViolation('credit.leases', leases, `1 or more, at most ${MOST_CREDITS} in all`),
  ]);
}
