import type { DuplexStream, ServiceClient } from '@taskflow/rpc/client';
import type {
  Hello,
  SessionRequest,
  SessionResponse,
  Welcome,
  WorkerServiceService,
} from '@taskflow/proto/taskflow/v1/workers.js';

export type WorkerClient = ServiceClient<typeof WorkerServiceService>;
export type Up = NonNullable<SessionRequest['message']>;
export type Down = NonNullable<SessionResponse['message']>;

/** One stream of a session, from Hello to its end. */
export interface Stream {
  /** Does nothing once the stream has ended: what matters is sent again on the next one. */
  send(message: Up): void;
  /** Says that nothing more is coming; the server then ends the stream. */
  finish(): void;
  /** Ends it at once. */
  cancel(): void;
  /** Resolves at the end of the stream, with its error where it had one. Never rejects. */
  readonly ended: Promise<unknown>;
}

export interface StreamEvents {
  onWelcome(welcome: Welcome, stream: Stream): void;
  onMessage(message: Exclude<Down, { $case: 'welcome' }>, stream: Stream): void;
}

/** A server that does not answer Hello in this time is given up. */
const WELCOME_MS = 15_000;

export function openStream(client: WorkerClient, hello: Hello, events: StreamEvents): Stream {
  const call: DuplexStream<SessionRequest, SessionResponse> = client.session();
  const stream: Stream = {
    send: (message) => void call.write({ message }),
    finish: () => call.end(),
    cancel: () => call.cancel(),
    ended: read(),
  };
  stream.send({ $case: 'hello', value: hello });
  return stream;

  async function read(): Promise<unknown> {
    const overdue = setTimeout(() => call.cancel(), WELCOME_MS);
    try {
      for await (const { message } of call) {
        if (!message) continue;
        clearTimeout(overdue);
        if (message.$case === 'welcome') events.onWelcome(message.value, stream);
        else events.onMessage(message, stream);
      }
      return undefined;
    } catch (error) {
      return error;
    } finally {
      clearTimeout(overdue);
    }
  }
}
