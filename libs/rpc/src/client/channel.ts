import { Client, credentials } from '@grpc/grpc-js';

/** The largest message that a client takes: 64 MiB, above any page that the api answers with. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

export interface Channel {
  /** host:port. */
  readonly address: string;
  readonly client: Client;
  close(): void;
}

/**
 * A connection to an api; shared by every client made from it. It connects at the first call and reconnects by itself, with
 * pauses of 0.1 s growing to 2 s.
 */
export function openChannel(address: string): Channel {
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
  return { address, client, close: () => client.close() };
}
