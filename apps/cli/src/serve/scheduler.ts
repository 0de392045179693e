import { Command } from 'commander';
import { leaveWith, followParent, tellParent } from './parent.js';

/** `serve scheduler`, and `scheduler` of old. */
export function serveScheduler(name: string): Command {
  return new Command(name)
    .description('fires schedules and advances workflow instances; of several one is elected')
    .option('--with-pusher', 'run the pusher in this process (also: TASKFLOW_SCHEDULER_WITH_PUSHER=on)')
    .action(async () => {
      followParent();
      const { serve } = await import('@taskflow/runtime');
      const { createScheduler, schedulerConfig } = await import('@taskflow/services/scheduler');
      leaveWith(
        await serve({ name: 'scheduler', config: schedulerConfig, create: createScheduler, onStarted: tellParent }),
      );
    });
}
