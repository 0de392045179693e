import { createServer, type Server } from 'node:http';
import type { Logger } from '../logger.js';
import { METRICS_TYPE, metricsText } from './counter.js';

export interface MetricsServer {
  /** 0 when the port is taken. */
  readonly port: number;
  stop(): Promise<void>;
}

/** Serves GET /metrics to Prometheus. A port that is taken is told in the log and keeps nothing from its work. */
export async function serveMetrics(port: number, logger: Logger): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const found = request.url?.split('?')[0] === '/metrics' && request.method === 'GET';
    response.writeHead(found ? 200 : 404, { 'content-type': found ? METRICS_TYPE : 'text/plain' });
    response.end(found ? metricsText() : 'Metrics are at /metrics.\n');
  });
  const listening = await listen(server, port, logger);
  server.unref();
  return {
    port: listening,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, logger: Logger): Promise<number> {
  return new Promise((resolve) => {
    server.once('error', (error) => {
      logger.error({ err: error, port }, 'metrics are not served: TASKFLOW_METRICS_PORT cannot be used');
      resolve(0);
    });
    server.listen(port, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
