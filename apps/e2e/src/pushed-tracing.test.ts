import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { SpanKind } from '@opentelemetry/api';
import { startTelemetry, type Telemetry } from '@taskflow/runtime';
import { task } from '@taskflow/sdk';
import { stringify } from 'yaml';
import { createJournal } from './harness/journal.js';
import { startOtlpReceiver, type OtlpReceiver } from './harness/otlp-receiver.js';
import { deployed } from './harness/prove.js';
import { until } from './harness/until.js';

const journal = createJournal();
afterAll(() => journal.remove());

const file = journal.path('destinations.yaml');
const here = { name: 'here', kind: 'local', directory: journal.path('jobs'), sync_interval: '50ms' };
writeFileSync(file, stringify({ destinations: [here] }));

describe('the trace of a pushed task', () => {
  let receiver: OtlpReceiver;
  let telemetry: Telemetry;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    telemetry = await startTelemetry({ service: 'shop', version: '1', endpoint: receiver.endpoint });
  });
  afterAll(() => receiver.stop());
  const { prove } = deployed(async ({ start }) => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, TASKFLOW_DESTINATIONS: file };
    await Promise.all([start('api', { environment }), start('pusher', { environment })]);
  });

  prove('goes on in the job, and tells how long it was sent, waited and ran', async ({ client, sql }) => {
    const pushed = task({
      name: 'pushed',
      bash: 'printf %s "\\"$TRACEPARENT\\"" >"$TASKFLOW_OUTPUT"; sleep 0.3',
      pushDestination: 'here',
    });
    await client.apply({ tasks: [pushed] });
    const { traceId, run } = await telemetry.tracer.startActiveSpan(
      'order',
      { kind: SpanKind.CLIENT },
      async (span) => {
        const submitted = await client.submit(pushed);
        span.end();
        return { traceId: span.spanContext().traceId, run: submitted };
      },
    );
    const [, trace, parent] = String(await run.result()).split('-');
    await telemetry.stop();
    const mine = await until('the spans have arrived', async () => {
      const found = receiver.spans.filter((span) => span.traceId === traceId);
      return found.length >= 6 && found;
    });
    expect(trace).toBe(traceId);
    // Unbroken: each but the first hangs below another of the same trace, those of the job below what the job was given.
    const ids = new Set(mine.map(({ spanId }) => spanId));
    expect(mine.filter(({ parentId }) => !ids.has(parentId)).map(({ name }) => name)).toEqual(['order']);
    const below = mine.filter(({ parentId }) => parentId === parent);
    expect(below.map(({ service, name }) => `${service} ${name}`).sort()).toEqual(
      ['queued', 'running', 'submit'].map((step) => `taskflow-pusher taskflow.push.${step}`),
    );
    const [job] = await sql<Record<string, string>>(
      `select external_name as name, external_id as id, link, remote_started_at as started, remote_finished_at as finished
         from push_jobs`,
    );
    const ran = below.find(({ name }) => name.endsWith('running'));
    expect(ran?.attributes).toMatchObject({
      'taskflow.destination': 'here',
      'taskflow.job.name': job?.name,
      'taskflow.job.id': job?.id,
      'taskflow.job.link': job?.link,
    });
    expect([ran?.startMs, ran?.endMs]).toEqual([job?.started, job?.finished].map((at) => new Date(at ?? 0).getTime()));
    expect((ran?.endMs ?? 0) - (ran?.startMs ?? 0)).toBeGreaterThanOrEqual(200);
  });
});
