import { Command } from 'commander';
import { leaveWith, followParent, tellParent } from './parent.js';

/** `serve worker`, and `pull_worker` of old. */
export function serveWorker(name: string): Command {
  return new Command(name)
    .description('leases task instances from the api and runs them: code of loaded modules, and Bash commands')
    .option(
      '--load <module...>',
      'modules whose exported Tasks and Workflows it registers (also: TASKFLOW_WORKER_LOAD)',
    )
    .action(async (options: { load?: string[] }) => {
      followParent();
      const { serve } = await import('@taskflow/runtime');
      const { createWorker, workerConfig } = await import('@taskflow/services/worker');
      await leaveWith(
        serve({
          name: 'worker',
          config: workerConfig,
          create: (runtime, config) =>
            createWorker(runtime, { ...config, load: [...config.load, ...(options.load ?? [])] }),
          onStarted: tellParent,
        }),
      );
    });
}
