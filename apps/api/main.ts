import { parseConfig, processEnvironment, runService, startRuntime } from '@taskflow/runtime';
import { apiConfig, createApi } from '@taskflow/services/api';

try {
  const config = parseConfig(apiConfig, processEnvironment());
  const runtime = await startRuntime({
    service: 'api',
    logLevel: config.logLevel,
    otlpEndpoint: config.otlpEndpoint,
  });
  const { logger } = runtime;
  process.exitCode = await runService(createApi(runtime, config), {
    logger,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    after: () => runtime.stop(),
  });
} catch (error) {
  process.stderr.write(`taskflow api: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
