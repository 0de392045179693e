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
      const { createSchedulerProcess, schedulerProcessConfig } =
        await import('@taskflow/services/scheduler-with-pusher');
      await leaveWith(
        serve({
          name: 'scheduler',
          config: schedulerProcessConfig,
          create: (runtime, config) =>
            createSchedulerProcess(runtime, { ...config, withPusher: options.withPusher ?? config.withPusher }),
          onStarted: tellParent,
        }),
      );
    });
}
