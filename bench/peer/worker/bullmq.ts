import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { ran, tell } from '../tally.ts';

const connection = new Redis({ host: '127.0.0.1', port: Number(process.argv[2]), maxRetriesPerRequest: null });
const worker = new Worker<{ sentAt?: number }>('noop', async ({ data }) => ran(data.sentAt), {
  connection,
  concurrency: 50,
});
worker.on('error', (error) => console.error(error));
await worker.waitUntilReady();
tell({ kind: 'ready' });
process.once('SIGTERM', () => void worker.close().then(() => process.exit()));
