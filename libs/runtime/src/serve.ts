import { collectAfterStart } from './collect-after-start.js';
import { metricsFragment, processFragment } from './config/fragments.js';
import { processEnvironment } from './config/environment.js';
import { parseConfig } from './config/parse-config.js';
import type { Fragment, FragmentValues } from './config/variable.js';
import { runService, type Service } from './lifecycle.js';
import { serveMetrics, type MetricsServer } from './metric/serve-metrics.js';
import { startRuntime, type Runtime } from './runtime.js';

export interface ServeOptions<F extends Fragment, S extends Service> {
  /** `api`, `scheduler`, `pusher` or `worker`. */
  readonly name: string;
  /** What the service reads from the environment, besides the variables of every process. */
  readonly config: F;
  readonly create: (runtime: Runtime, config: FragmentValues<F & typeof processFragment>) => S | Promise<S>;
  /** Called once it has started. */
  readonly onStarted?: ((service: S) => void) | undefined;
}

/**
 * Runs a service as this process until SIGTERM or SIGINT, and resolves with the exit code.
 *
 * @throws InvalidInput (BAD_CONFIG) with every bad variable; whatever keeps the service from starting
 */
export async function serve<F extends Fragment, S extends Service>(options: ServeOptions<F, S>): Promise<number> {
  const config = parseConfig({ ...processFragment, ...options.config }, processEnvironment());
  const { logLevel, otlpEndpoint, shutdownTimeoutMs } = config as FragmentValues<typeof processFragment>;
  const { metricsPort } = parseConfig(metricsFragment, processEnvironment());
  const runtime = await startRuntime({ service: options.name, logLevel, otlpEndpoint });
  const service = await options.create(runtime, config as FragmentValues<F & typeof processFragment>);
  let metrics: MetricsServer | undefined;
  const observed: Service = {
    async start() {
      if (metricsPort !== undefined) metrics = await serveMetrics(metricsPort, runtime.logger);
      await service.start();
      options.onStarted?.(service);
      collectAfterStart();
    },
    async stop() {
      await service.stop();
      await metrics?.stop();
    },
    failed: service.failed,
  };
  return runService(observed, { logger: runtime.logger, shutdownTimeoutMs, after: () => runtime.stop() });
}
