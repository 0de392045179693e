import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** What becomes of one call. */
export type Mishap = 'answer lost' | 'request lost';

/** Stands before a master. */
export interface WireProxy {
  readonly url: string;
  /** Types of the calls that came, in order. */
  readonly calls: string[];
  /** What the next call of a type meets. */
  readonly mishaps: Map<string, Mishap>;
  close(): Promise<void>;
}

/** Gives on what an event stream says in pieces of so many bytes; whole when 0. */
export async function openWireProxy(target: string, pieceBytes = 0): Promise<WireProxy> {
  const calls: string[] = [];
  const mishaps = new Map<string, Mishap>();

  const pass = (asked: IncomingMessage, body: string, answer: ServerResponse, mishap: Mishap | undefined): void => {
    const { method, headers, url = '' } = asked;
    const onward = httpRequest(target + url, { method, headers, agent: false }, (got) => {
      if (mishap === 'answer lost') return void answer.destroy();
      answer.writeHead(got.statusCode ?? 500, got.headers);
      answer.flushHeaders();
      got.on('data', (chunk: Buffer) => {
        const step = pieceBytes || chunk.length;
        for (let from = 0; from < chunk.length; from += step) answer.write(chunk.subarray(from, from + step));
      });
      got.on('close', () => answer.end());
    });
    answer.on('close', () => onward.destroy());
    onward.on('error', () => answer.destroy());
    onward.end(body);
  };

  const server = createServer({ noDelay: true }, (asked, answer) => {
    void text(asked).then((body) => {
      const { type = '' } = (body === '' ? {} : JSON.parse(body)) as { type?: string };
      calls.push(type);
      const mishap = mishaps.get(type);
      mishaps.delete(type);
      if (mishap === 'request lost') answer.destroy();
      else pass(asked, body, answer, mishap);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${String(typeof address === 'object' && address ? address.port : 0)}`,
    calls,
    mishaps,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
