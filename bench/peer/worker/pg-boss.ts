import { PgBoss } from 'pg-boss';
import { ran, tell } from '../tally.ts';

const [connectionString = '', purpose] = process.argv.slice(2);
const boss = new PgBoss({ connectionString, max: 10, useListenNotify: true });
boss.on('error', (error) => console.error(error));
await boss.start();
if (purpose === 'throughput') {
  const options = { batchSize: 500, localConcurrency: 2, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true };
  await boss.work('noop', options, async (jobs) => {
    for (const _ of jobs) ran();
  });
} else {
  await boss.work<{ sentAt: number }>('quick', { pollingIntervalSeconds: 0.5 }, async ([job]) => ran(job?.data.sentAt));
}
tell({ kind: 'ready' });
process.once('SIGTERM', () => void boss.stop({ timeout: 2000 }).then(() => process.exit()));
