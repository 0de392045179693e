import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { SpanKind } from '@opentelemetry/api';
import { startTelemetry, type Telemetry } from '@taskflow/runtime';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './harness/otlp-receiver.js';
import { deployed } from './harness/prove.js';
import type { ServiceProcess } from './harness/service-process.js';
import { until } from './harness/until.js';

const TRACED = join(import.meta.dirname, 'fixture/traced.ts');

describe('one trace from the client’s submit to the last attempt', () => {
  let receiver: OtlpReceiver;
  let telemetry: Telemetry;
  const processes: ServiceProcess[] = [];
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    telemetry = await startTelemetry({ service: 'shop', version: '1', endpoint: receiver.endpoint });
  });
  afterAll(() => receiver.stop());
  const { prove } = deployed(async ({ start, client }) => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
    processes.push(
      ...(await Promise.all([
        start('api', { environment }),
        start('scheduler', { environment }),
        start('worker', { environment, args: ['--load', TRACED] }),
      ])),
    );
    await until('the workflow is registered', async () => {
      const { workflows } = await client.services.definitions.listWorkflows({ pageSize: 0, pageToken: '' });
      return workflows.length === 1;
    });
  });

  prove(
    'spans of three programs make one tree; the command and the log lines know its trace',
    async ({ client, sql, audit }) => {
      const { traceId, run } = await telemetry.tracer.startActiveSpan(
        'order',
        { kind: SpanKind.CLIENT },
        async (span) => {
          const submitted = await client.submit({ workflow: 'traced' });
          span.end();
          return { traceId: span.spanContext().traceId, run: submitted };
        },
      );
      const { command } = (await run.result()) as { command: string };
      await telemetry.stop();
      const tree = await until('the spans have arrived', async () => {
        const mine = receiver.spans.filter((span) => span.traceId === traceId);
        return mine.length >= 5 && mine;
      });

      const names = (list: readonly ReceivedSpan[]) => list.map(({ service, name }) => `${service} ${name}`).sort();
      expect(names(tree)).toEqual([
        'shop order',
        'taskflow-api taskflow.v1.SubmissionService/SubmitWorkflow',
        'taskflow-worker taskflow.task.run',
        'taskflow-worker taskflow.task.run',
        'taskflow-worker taskflow.task.run',
      ]);
      // Unbroken: each but the first hangs below another of the same trace.
      const ids = new Set(tree.map(({ spanId }) => spanId));
      expect(tree.filter(({ parentId }) => !ids.has(parentId)).map(({ name }) => name)).toEqual(['order']);

      expect(command.split('-')[1]).toBe(traceId);
      const runs = tree.filter(({ name }) => name === 'taskflow.task.run').map(({ spanId }) => spanId);
      expect(runs).toContain(command.split('-')[2]);
      // Each attempt says in the database which span it was.
      const told = await sql<{ trace_parent: string }>(
        `select a.trace_parent from v_task_attempts a join task_records r on r.id = a.task_instance_id where r.workflow_instance_id = $1`,
        [run.id],
      );
      expect(told.map((row) => row.trace_parent).sort()).toEqual(runs.map((span) => `00-${traceId}-${span}-01`).sort());
      expect(await audit()).toEqual([]);

      const logged = processes.map(({ name, lines }) => [
        name,
        lines
          .filter((line) => line.includes(`"trace_id":"${traceId}"`))
          .map((line) => (JSON.parse(line) as { msg: string }).msg),
      ]);
      expect(Object.fromEntries(logged)).toMatchObject({ api: ['call served'], worker: ['an attempt has failed'] });
    },
  );

  prove('a run that nobody traces begins a trace of its own', async ({ client }) => {
    const run = await client.submit({ workflow: 'traced' });
    const { command } = (await run.result()) as { command: string };
    const { traceParent } = await run.get();
    expect(command.split('-')[1]).toBe(traceParent.split('-')[1]);
    expect(traceParent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});
