import { isSpanContextValid, trace } from '@opentelemetry/api';
import { pino, type Logger as PinoLogger } from 'pino';
import { openLogStream } from './log-stream.js';

/** Structured log: a constant message and fields; never payloads or secrets. */
export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
}

/** JSON lines on stderr, so that stdout stays for data. The active trace is mixed in as `trace_id` and `span_id`. */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const span = trace.getActiveSpan()?.spanContext();
        return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
      },
    },
    openLogStream(2),
  );
}

/** Writes nothing: for tests and one-off commands. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
