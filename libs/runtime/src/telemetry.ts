import { context, propagation, trace, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { carryingTracer } from './carrying-tracer.js';

export interface TelemetryOptions {
  readonly service: string;
  readonly version: string;
  /** OTLP/gRPC receiver; without it spans carry contexts on but are exported nowhere. */
  readonly endpoint?: string | undefined;
}

export interface Telemetry {
  readonly tracer: Tracer;
  /** Exports what is pending. */
  stop(): Promise<void>;
}

/**
 * Starts OpenTelemetry for this process. Spans are made even without a receiver, so that one trace runs from the submit
 * to the last attempt as soon as any one service exports.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { service, version, endpoint } = options;
  const { provider, stop } = endpoint ? await exportTo(endpoint, service, version) : CARRYING;
  // The first service of a process registers; `taskflow up` runs several, each with its own provider and tracer.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  trace.setGlobalTracerProvider(provider);
  return { tracer: provider.getTracer('taskflow', version), stop };
}

interface StartedProvider {
  readonly provider: TracerProvider;
  readonly stop: () => Promise<void>;
}

const CARRYING: StartedProvider = {
  provider: { getTracer: () => carryingTracer },
  stop: () => Promise.resolve(),
};

/** What records and exports is loaded only where there is a receiver. */
async function exportTo(url: string, service: string, version: string): Promise<StartedProvider> {
  const [{ OTLPTraceExporter }, { resourceFromAttributes }, sdk] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-grpc'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace'),
  ]);
  const exporter = new OTLPTraceExporter({ url });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: 1000 })],
  });
  return { provider, stop: () => provider.shutdown() };
}
