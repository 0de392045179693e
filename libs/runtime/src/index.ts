export { variable, type Fragment, type FragmentValues, type Variable } from './config/variable.js';
export { processEnvironment, type Environment } from './config/environment.js';
export { parseConfig } from './config/parse-config.js';
export {
  apiFragment,
  clientFragment,
  databaseFragment,
  metricsFragment,
  processFragment,
  pusherFragment,
  schedulerFragment,
  workerFragment,
} from './config/fragments.js';
export { METRICS_TYPE, metricsText } from './metric/counter.js';
export { fencedWrites } from './metric/fenced-writes.js';
export { refusedCalls, type RefusedFor } from './metric/refused-calls.js';
export { silentLogger, type Logger } from './logger.js';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.js';
export { type Service } from './lifecycle.js';
export { startRuntime, type Runtime, type RuntimeOptions, type StartedRuntime } from './runtime.js';
export { readTestSignal, type TestSignal } from './test-signal.js';
export { serve, type ServeOptions } from './serve.js';
export { version } from './version.js';
