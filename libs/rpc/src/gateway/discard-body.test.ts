import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { silentLogger, startTelemetry } from '@taskflow/runtime';
import { createGateway, MAX_BODY_BYTES } from './gateway.js';

test('a client that sends too much is not cut off: it may send all of it and then sees the refusal', async () => {
  const { tracer } = await startTelemetry({ service: 'test', version: '0' });
  const readiness = () => ({ ready: true, detail: 'ok' });
  const place = { host: '127.0.0.1', port: 0, portVariable: 'TASKFLOW_HTTP_PORT' };
  const gateway = createGateway({ logger: silentLogger(), tracer, ...place, services: [], readiness });
  const port = await gateway.start();
  const half = Buffer.alloc(8 * MAX_BODY_BYTES, 'x');
  const sending = request({
    host: place.host,
    port,
    method: 'POST',
    path: '/v1/task-instances',
    headers: { 'content-type': 'application/json', 'content-length': 2 * half.length },
  });
  let answered = false;
  const answer = once(sending, 'response').then(([response]) => {
    answered = true;
    return response as IncomingMessage;
  });
  await new Promise((resolve) => sending.write(half, resolve));
  // Whatever came before is dealt with when this is answered.
  await (await fetch(`http://${place.host}:${port}/healthz`)).text();
  expect(answered).toBe(false);
  sending.end(half);
  const response = await answer;
  expect(response.statusCode).toBe(413);
  expect(await text(response)).toMatch(/1 MiB.*gRPC/s);
  await gateway.stop();
});
