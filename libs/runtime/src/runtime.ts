import type { Tracer } from '@opentelemetry/api';
import { systemClock, type Clock } from '@taskflow/domain';
import { createLogger, type Logger } from './logger.js';
import { startTelemetry } from './telemetry.js';
import { version } from './version.js';

/** What a process gives to the service that it runs. */
export interface Runtime {
  /** `api`, `scheduler`, `pusher` or `worker`. */
  readonly service: string;
  readonly version: string;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly clock: Clock;
}

export interface RuntimeOptions {
  readonly service: string;
  readonly logLevel: string;
  readonly otlpEndpoint?: string | undefined;
}

export interface StartedRuntime extends Runtime {
  /** Exports pending spans and flushes the log. */
  stop(): Promise<void>;
}

export async function startRuntime(options: RuntimeOptions): Promise<StartedRuntime> {
  const logger = createLogger({ service: options.service, level: options.logLevel });
  const telemetry = await startTelemetry({
    service: `taskflow-${options.service}`,
    version,
    endpoint: options.otlpEndpoint,
  });
  return {
    service: options.service,
    version,
    logger,
    tracer: telemetry.tracer,
    clock: systemClock,
    async stop() {
      await telemetry.stop();
      logger.flush();
    },
  };
}
