import { serve } from '@taskflow/runtime';
import { createWorker, workerConfig } from '@taskflow/services/worker';

try {
  process.exitCode = await serve({ name: 'worker', config: workerConfig, create: createWorker });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
// What a user's module has left open must not keep the process.
process.exit();
