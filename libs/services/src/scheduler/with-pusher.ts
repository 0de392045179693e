import { pusherFragment, type FragmentValues, type Runtime, type Service } from '@taskflow/runtime';
import { schedulerConfig } from './config.js';
import { createScheduler } from './scheduler.js';

/** Everything that a process with the scheduler, and perhaps the pusher, reads from the environment. */
export const schedulerProcessConfig = { ...schedulerConfig, ...pusherFragment };

export type SchedulerProcessConfig = FragmentValues<typeof schedulerProcessConfig>;

/** The scheduler, and where `withPusher` is on the pusher in the same process. */
export async function createSchedulerProcess(runtime: Runtime, config: SchedulerProcessConfig): Promise<Service> {
  const scheduler = createScheduler(runtime, config);
  if (!config.withPusher) return scheduler;
  const { createPusher } = await import('../pusher/pusher.js');
  const pusher = await createPusher(runtime, config);
  return {
    async start() {
      await scheduler.start();
      await pusher.start();
    },
    async stop() {
      await Promise.all([pusher.stop(), scheduler.stop()]);
    },
  };
}
