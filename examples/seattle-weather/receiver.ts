// The HTTP API that the example pushes to. It is busy at the first request for each report (503) and takes the next one, as
// services do now and then; the pipeline's retry deals with it.
// Run by itself: node examples/seattle-weather/receiver.ts   (listens on 127.0.0.1:8090)
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface Receiver {
  /** Where reports are posted. */
  readonly url: string;
  /** Reports by idempotency key. */
  readonly reports: ReadonlyMap<string, Record<string, unknown>>;
  /** Requests that were refused as busy. */
  refused(): number;
  close(): Promise<void>;
}

export async function startReceiver(port = 0): Promise<Receiver> {
  const reports = new Map<string, Record<string, unknown>>();
  const seen = new Set<string>();
  let refused = 0;
  const server = createServer((request, response) => {
    const key = String(request.headers['idempotency-key'] ?? '');
    json(request).then(
      (report) => {
        if (request.method !== 'POST' || request.url !== '/reports')
          return response.writeHead(404).end('POST /reports');
        if (!seen.has(key)) {
          seen.add(key);
          refused += 1;
          return response.writeHead(503, { 'retry-after': '1' }).end('busy');
        }
        reports.set(key, report as Record<string, unknown>);
        return response.writeHead(201, { location: `/reports/${key}` }).end();
      },
      () => response.writeHead(400).end('wanted JSON'),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/reports`,
    reports,
    refused: () => refused,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

if (import.meta.main) {
  const receiver = await startReceiver(8090);
  console.log(`Reports are taken at ${receiver.url}; Ctrl-C ends it.`);
}
