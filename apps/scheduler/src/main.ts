import { serve } from '@taskflow/runtime';
import { createSchedulerProcess, schedulerProcessConfig } from '@taskflow/services/scheduler-with-pusher';

try {
  process.exitCode = await serve({ name: 'scheduler', config: schedulerProcessConfig, create: createSchedulerProcess });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
