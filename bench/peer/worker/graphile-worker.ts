import { Logger, run } from 'graphile-worker';
import { ran, tell } from '../tally.ts';

const [connectionString = '', purpose] = process.argv.slice(2);
const batching = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
await run({
  preset: {
    worker: { connectionString, concurrentJobs: 24, maxPoolSize: 25, ...(purpose === 'throughput' && batching) },
  },
  logger: new Logger(() => () => undefined),
  taskList: { noop: (payload) => ran((payload as { sentAt?: number }).sentAt) },
});
tell({ kind: 'ready' });
