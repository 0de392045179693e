import { DBOS } from '@dbos-inc/dbos-sdk';
import { Pool } from 'pg';
import type { System } from './system.ts';
import { startWorkerProcess } from './worker-process.ts';

/**
 * DBOS: its queue polled every 10 ms for drain and pickup; a chain is a workflow of steps in the process that asks for it, a fan-out
 * a workflow that starts a hundred others.
 */
export async function dbos(url: string): Promise<System> {
  const step = DBOS.registerStep(async () => undefined, { name: 'step' });
  const branch = DBOS.registerWorkflow(async () => undefined, { name: 'branch' });
  const chain = DBOS.registerWorkflow(
    async (steps: number) => {
      for (let index = 0; index < steps; index += 1) await step();
    },
    { name: 'chain' },
  );
  const fanOut = DBOS.registerWorkflow(
    async () => {
      const handles = await Promise.all(Array.from({ length: 100 }, () => DBOS.startWorkflow(branch)()));
      await Promise.all(handles.map((handle) => handle.getResult()));
      await step();
    },
    { name: 'fanOut' },
  );
  const queued = DBOS.registerWorkflow(async (_sentAt?: number) => undefined, { name: 'queued' });
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: url,
    systemDatabasePoolSize: 20,
    logLevel: 'error',
    applicationVersion: '1',
    executorID: 'submitter',
    // The queue is polled by the worker's process alone.
    listenQueues: ['none'],
  });
  await DBOS.launch();
  const pool = new Pool({ connectionString: url, max: 2 });
  return {
    name: 'dbos',
    version: '5.3.0',
    settings: 'queue polled every 10 ms; steps in process',
    database: 'dbos',
    keepsHistory: true,
    scale: 40,
    runsInProcess: true,
    async submitBatch(size) {
      await Promise.all(Array.from({ length: size }, () => DBOS.startWorkflow(queued, { queueName: 'noop' })()));
    },
    async purge() {
      await pool.query(`update dbos.workflow_status set status = 'CANCELLED' where status in ('ENQUEUED', 'PENDING')`);
    },
    async isEmpty() {
      const { rowCount } = await pool.query(
        `select from dbos.workflow_status where status in ('ENQUEUED', 'PENDING') limit 1`,
      );
      return rowCount === 0;
    },
    startWorker: () => startWorkerProcess({ args: [`${import.meta.dirname}/worker/dbos.ts`, url] }),
    async submitOne(sentAt) {
      await DBOS.startWorkflow(queued, { queueName: 'noop' })(sentAt);
    },
    runChain: (steps) => chain(steps),
    async runFanOut() {
      await fanOut();
    },
    async close() {
      await pool.end();
      await DBOS.shutdown();
    },
  };
}
