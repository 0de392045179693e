import { FlowProducer, Queue, QueueEvents, type FlowJob } from 'bullmq';
import { Redis } from 'ioredis';
import type { System } from './system.ts';
import { startWorkerProcess } from './worker-process.ts';

/** BullMQ on Redis with 50 jobs at once; chain and fan-out are flows, whose parents run after their children. */
export async function bullmq(port: number): Promise<System> {
  const connection = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
  const queue = new Queue('noop', { connection });
  const flows = new FlowProducer({ connection });
  const events = new QueueEvents('noop', { connection });
  await events.waitUntilReady();
  const job = (children: FlowJob[] = []): FlowJob => ({
    name: 'noop',
    queueName: 'noop',
    data: {},
    children,
  });
  const runFlow = async (flow: FlowJob): Promise<void> => {
    const added = await flows.add(flow);
    await added.job.waitUntilFinished(events);
  };
  return {
    name: 'bullmq',
    version: '6.7.0',
    settings:
      '50 at once, one worker process, append-only file each second: what one job did is not durable at its end',
    keepsHistory: false,
    async submitBatch(size) {
      await queue.addBulk(
        Array.from({ length: size }, () => ({ name: 'noop', data: {}, opts: { removeOnComplete: true } })),
      );
    },
    purge: () => queue.obliterate({ force: true }),
    async isEmpty() {
      const { waiting = 0, active = 0 } = await queue.getJobCounts('waiting', 'active');
      return waiting + active === 0;
    },
    startWorker: () => startWorkerProcess({ args: [`${import.meta.dirname}/worker/bullmq.ts`, String(port)] }),
    async submitOne(sentAt) {
      await queue.add('noop', { sentAt }, { removeOnComplete: true });
    },
    runChain(steps) {
      let flow = job();
      for (let step = 1; step < steps; step += 1) flow = job([flow]);
      return runFlow(flow);
    },
    runFanOut: () => runFlow(job(Array.from({ length: 100 }, () => job()))),
    async close() {
      await Promise.all([queue.close(), flows.close(), events.close()]);
      await connection.quit();
    },
  };
}
