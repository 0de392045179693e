import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** What becomes of requests: not forwarded, but for the `…_after`, whose answers are replaced or lost. */
export interface ProxyFault {
  readonly method?: string;
  /** Of path and query. */
  readonly path?: RegExp;
  readonly kind: 'answer' | 'html_500_before' | 'html_500_after' | 'drop_before' | 'drop_after' | 'hang';
  /** Of an `answer`; a Retry-After in seconds, a body that becomes JSON. */
  readonly status?: number;
  readonly retryAfter?: number;
  readonly body?: unknown;
  /** Requests; all of them when absent. */
  times?: number;
}

/** Stands before a server of HTTP and does what networks and servers do on bad days. Watches and other streams pass as they come. */
export interface FaultProxy {
  readonly url: string;
  /** The first one that matches acts. */
  readonly faults: ProxyFault[];
  /** Requests by method and first words of the path, since the start. */
  readonly counts: Map<string, number>;
  /** What is open stays open, and nothing comes through it any more; what is opened later works. */
  freeze(): void;
  /** Nobody listens: connections end, new ones are refused. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly target: string;
  /** Under which name a request is counted. */
  readonly nameOf: (method: string, path: string) => string;
}

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>';

export async function openFaultProxy({ target, nameOf }: ProxyOptions): Promise<FaultProxy> {
  const faults: ProxyFault[] = [];
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();
  const streams = new Set<{ frozen: boolean }>();
  const send = target.startsWith('https:') ? httpsRequest : httpRequest;

  const forward = (incoming: IncomingMessage, body: Buffer, answer: ServerResponse, after?: ProxyFault): void => {
    const { method, headers, url = '/' } = incoming;
    const stream = { frozen: false };
    const upstream = send(
      new URL(url, target),
      { method, headers: { ...headers, host: new URL(target).host }, rejectUnauthorized: false },
      (reply) => {
        if (after) {
          reply.resume();
          reply.once('end', () => spoil(after, incoming, answer));
          return;
        }
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        answer.flushHeaders();
        streams.add(stream);
        reply.on('data', (chunk: Buffer) => void (stream.frozen || answer.write(chunk)));
        reply.on('end', () => void (stream.frozen || answer.end()));
        reply.on('error', () => answer.destroy());
      },
    );
    upstream.on('error', () => incoming.socket.destroy());
    answer.once('close', () => {
      streams.delete(stream);
      upstream.destroy();
    });
    upstream.end(body);
  };

  const server = createServer((incoming, answer) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const { method = 'GET', url = '/' } = incoming;
      const name = nameOf(method, url);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      const fault = faults.find((one) => (one.method ?? method) === method && (one.path ?? /^/).test(url));
      if (fault?.times !== undefined && (fault.times -= 1) <= 0) faults.splice(faults.indexOf(fault), 1);
      const body = Buffer.concat(parts);
      if (fault === undefined) forward(incoming, body, answer);
      else if (fault.kind.endsWith('_after')) forward(incoming, body, answer, fault);
      else spoil(fault, incoming, answer);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const leave = async (): Promise<void> => {
    const left = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await left;
  };
  return {
    url: `http://127.0.0.1:${String(port)}`,
    faults,
    counts,
    freeze() {
      for (const stream of streams) stream.frozen = true;
    },
    leave,
    comeBack: () => listen(port),
    close: async () => {
      if (server.listening) await leave();
    },
  };
}

function spoil(fault: ProxyFault, incoming: IncomingMessage, answer: ServerResponse): void {
  const { kind, status = 500, retryAfter, body = {} } = fault;
  if (kind === 'hang') return;
  if (kind === 'drop_before' || kind === 'drop_after') {
    incoming.socket.resetAndDestroy();
    return;
  }
  if (kind === 'answer') {
    const asked = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    answer.writeHead(status, { 'content-type': 'application/json', ...asked }).end(JSON.stringify(body));
    return;
  }
  answer.writeHead(500, { 'content-type': 'text/html' }).end(HTML);
}
