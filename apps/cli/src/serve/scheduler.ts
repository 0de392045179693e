import { Command } from 'commander';
import { leaveWith, followParent, tellParent } from './parent.js';

/** `serve scheduler`, and `scheduler` of old. */
export function serveScheduler(name: string): Command {
  return new Command(name)
    .description('fires schedules and advances workflow instances; of several one is elected')
    .option('--with-pusher', 'run the pusher in this process (also: TASKFLOW_SCHEDULER_WITH_PUSHER=on)')
    .action(async (options: { withPusher?: boolean }) => {
      followParent();
      const { serve } = await import('@taskflow/runtime');
      const { createScheduler, schedulerConfig } = await import('@taskflow/services/scheduler');
      await leaveWith(
        serve({
          name: 'scheduler',
          config: schedulerConfig,
          create: (runtime, config) =>
            createScheduler(runtime, { ...config, withPusher: options.withPusher ?? config.withPusher }),
          onStarted: tellParent,
        }),
      );
    });
}
