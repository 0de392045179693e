import { Client, credentials } from '@grpc/grpc-js';
import { InvalidInput, fieldViolation } from '@taskflow/domain/errors';

/** The largest message that a client takes: 64 MiB, above any page that the api answers with. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

export interface Channel {
  /** host:port. */
  readonly address: string;
  /** Sent with each call; absent where the api asks for none. */
  readonly token?: string | undefined;
  readonly client: Client;
  close(): void;
}

/**
 * A connection to an api; shared by every client made from it. It connects at the first call and reconnects by itself, with
 * pauses of 0.1 s growing to 2 s.
 *
 * @throws InvalidInput when the token cannot be sent
 */
export function openChannel(address: string, options: { readonly token?: string | undefined } = {}): Channel {
  const token = checkedToken(options.token);
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': MAX_RESPONSE_BYTES,
    'grpc.max_send_message_length': -1,
    // A half-open connection is noticed and replaced before the leases of its worker run out (15 s).
    'grpc.keepalive_time_ms': 9000,
    'grpc.keepalive_timeout_ms': 4000,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2000,
    'grpc-node.flow_control_window': 1024 * 1024,
  });
  // Not enumerable: whoever prints a channel prints no token.
  const channel: Channel = { address, client, close: () => client.close() };
  return Object.defineProperty(channel, 'token', { value: token });
}

// Checked here because gRPC would repeat it in its own error.
function checkedToken(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  if (/^[\x21-\x7e]{1,512}$/.test(token)) return token;
  const wanted = 'at most 512 visible ASCII characters, as `taskflow auth token create` has printed them';
  throw InvalidInput.of('the connection', [fieldViolation('token', undefined, wanted)], { reason: 'BAD_TOKEN' });
}
