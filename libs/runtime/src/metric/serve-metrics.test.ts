import { silentLogger } from '../logger.js';
import { fencedWrites } from './fenced-writes.js';
import { serveMetrics } from './serve-metrics.js';

test('Prometheus reads every value of a counter, those that are 0 too', async () => {
  fencedWrites.add('term');
  const server = await serveMetrics(0, silentLogger());
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  const text = await response.text();
  const elsewhere = await fetch(`http://127.0.0.1:${server.port}/`);
  await server.stop();
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toContain('# TYPE taskflow_fenced_writes_total counter');
  expect(text).toContain('taskflow_fenced_writes_total{what="term"} 1');
  expect(text).toContain('taskflow_fenced_writes_total{what="completion"} 0');
  expect(elsewhere.status).toBe(404);
});

test('a port that is taken keeps nothing from its work', async () => {
  const first = await serveMetrics(0, silentLogger());
  const second = await serveMetrics(first.port, silentLogger());
  expect(second.port).toBe(0);
  await second.stop();
  await first.stop();
});
