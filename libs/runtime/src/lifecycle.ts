import type { Logger } from './logger.js';

/** Something with a beginning and an end: every service, and what services are made of. */
export interface Service {
  start(): Promise<void>;
  /** Stops cleanly; resolves when nothing of it runs any more. Safe to call twice. */
  stop(): Promise<void>;
  /** Rejects when it cannot go on, once it has started; the process then stops. Absent where that cannot be. */
  readonly failed?: Promise<never> | undefined;
}

export interface RunOptions {
  readonly logger: Logger;
  /** Milliseconds that stopping may take before the process exits with code 1. */
  readonly shutdownTimeoutMs: number;
  /** Runs after the service has stopped: telemetry, pools. */
  readonly after?: () => Promise<void>;
}

const GRACE_MS = 5000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs a service as this process: starts it, stops it on SIGTERM or SIGINT, resolves with the exit code.
 *
 * A second signal exits at once. Failing to stop gives 1.
 *
 * @throws what keeps the service from starting, and what it failed with later, once it has stopped
 */
export async function runService(service: Service, options: RunOptions): Promise<number> {
  const { logger } = options;
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(130);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
  await service.start();
  // A service that has nothing to do just now holds neither a timer nor a socket; its process stays all the same.
  const presence = setInterval(() => undefined, LONGEST_TIMER_MS);
  const failures: unknown[] = [];
  const failed = service.failed?.catch((error: unknown) => void failures.push(error));
  const signal = await Promise.race(failed ? [signalled, failed] : [signalled]);
  clearInterval(presence);
  if (signal) logger.info({ signal }, 'stopping');
  else logger.error({ err: failures[0] }, 'failed; stopping');
  const overdue = setTimeout(() => {
    logger.error({ timeout_ms: options.shutdownTimeoutMs }, 'stopping took too long');
    process.exit(1);
  }, options.shutdownTimeoutMs + GRACE_MS);
  overdue.unref();
  await service.stop();
  await options.after?.();
  clearTimeout(overdue);
  logger.info('stopped');
  if (signal === undefined) throw failures[0];
  return 0;
}
