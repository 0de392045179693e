import type {
  CancelRequest,
  Completion,
  CompletionAck,
  Hello,
  Lease,
  LeaseRef,
  LogAck,
  LogBatch,
  SessionRequest,
  SessionResponse,
  Welcome,
} from '@taskflow/proto/taskflow/v1/workers.js';
import type { DuplexStream } from '@taskflow/rpc/client';
import type { createClients } from './open-api.js';

type Clients = ReturnType<typeof createClients>;

/** A worker as the protocol sees it, over either transport. */
export interface TestWorker {
  readonly welcome: Welcome;
  /** Waits until this many leases have come. */
  lease(count: number): Promise<Lease[]>;
  complete(...completions: Completion[]): Promise<CompletionAck[]>;
  log(...batches: LogBatch[]): Promise<LogAck[]>;
  handBack(...refs: LeaseRef[]): Promise<void>;
  /** Waits for the next cancel. */
  cancel(): Promise<CancelRequest>;
  /** The connection is lost without a word. */
  disconnect(): Promise<void>;
}

export type Connect = (clients: Clients, hello?: Partial<Hello>) => Promise<TestWorker>;

export function helloOf(hello: Partial<Hello> = {}): Hello {
  return {
    protocol: 1,
    worker: 'w1',
    host: 'test',
    version: '1',
    queues: [],
    tasks: [],
    handlers: ['load', 'slow'],
    labels: {},
    slots: 10,
    held: [],
    process: 'p1',
    ...hello,
  };
}

export function success(lease: Lease, output: unknown = null): Completion {
  return {
    ref: lease.ref,
    outcome: 'success',
    outputJson: JSON.stringify(output),
    reason: '',
    message: '',
    exitCode: undefined,
    retryable: undefined,
  };
}

type Message = NonNullable<SessionResponse['message']>;

/** Messages of a stream, to be waited for by their kind. */
export function mailboxOf(stream: DuplexStream<SessionRequest, SessionResponse>) {
  const messages: Message[] = [];
  let arrived = Promise.withResolvers<void>();
  let failure: Error | undefined;
  let ended = false;
  const over = (async () => {
    try {
      for await (const { message } of stream) {
        if (message) messages.push(message);
        arrived.resolve();
        arrived = Promise.withResolvers();
      }
    } catch (error) {
      failure = error as Error;
    }
    ended = true;
    arrived.resolve();
  })();
  return {
    over: over.then(() => failure),
    async next<C extends Message['$case']>(kind: C): Promise<Extract<Message, { $case: C }>['value']> {
      for (;;) {
        const index = messages.findIndex(({ $case }) => $case === kind);
        const [found] = index < 0 ? [] : messages.splice(index, 1);
        if (found) return found.value as never;
        if (ended) throw failure ?? new Error(`the stream ended before ${kind} came`);
        await arrived.promise;
      }
    },
  };
}

export const connectStream: Connect = async (clients, hello) => {
  const stream = clients.workers.session();
  const mailbox = mailboxOf(stream);
  stream.write({ message: { $case: 'hello', value: helloOf(hello) } });
  const welcome = await mailbox.next('welcome');
  return {
    welcome,
    async lease(count) {
      stream.write({ message: { $case: 'credit', value: { leases: count } } });
      const leases: Lease[] = [];
      while (leases.length < count) leases.push(...(await mailbox.next('leases')).leases);
      return leases;
    },
    async complete(...completions) {
      stream.write({ message: { $case: 'completions', value: { completions } } });
      return (await mailbox.next('acks')).acks;
    },
    async log(...batches) {
      stream.write({ message: { $case: 'logs', value: { batches } } });
      return (await mailbox.next('logAcks')).acks;
    },
    async handBack(...leases) {
      stream.write({ message: { $case: 'handBack', value: { leases } } });
    },
    cancel: async () => (await mailbox.next('cancels')).cancels[0] as CancelRequest,
    async disconnect() {
      stream.cancel();
      await mailbox.over;
    },
  };
};

const TURN = { hello: undefined, completions: [], logs: [], handBack: [], maxLeases: 0, wait: undefined };

export const connectPoll: Connect = async (clients, hello) => {
  const call = clients.workers.completeAndLease;
  const { welcome } = await call({ ...TURN, hello: helloOf(hello), sessionId: '' });
  if (welcome === undefined) throw new Error('no welcome');
  const { sessionId } = welcome;
  const gone = new AbortController();
  const wait = { seconds: 10n, nanos: 0 };
  return {
    welcome,
    async lease(count) {
      const leases: Lease[] = [];
      while (leases.length < count) {
        const maxLeases = count - leases.length;
        leases.push(...(await call({ ...TURN, sessionId, maxLeases, wait }, { signal: gone.signal })).leases);
      }
      return leases;
    },
    complete: async (...completions) => (await call({ ...TURN, sessionId, completions })).acks,
    log: async (...logs) => (await call({ ...TURN, sessionId, logs })).logAcks,
    async handBack(...handBack) {
      await call({ ...TURN, sessionId, handBack });
    },
    async cancel() {
      for (;;) {
        const { cancels } = await call({ ...TURN, sessionId, maxLeases: 1, wait }, { signal: gone.signal });
        if (cancels[0]) return cancels[0];
      }
    },
    async disconnect() {
      gone.abort();
    },
  };
};
