import { serve } from '@taskflow/runtime';
import { createScheduler, schedulerConfig } from '@taskflow/services/scheduler';

try {
  process.exitCode = await serve({ name: 'scheduler', config: schedulerConfig, create: createScheduler });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
