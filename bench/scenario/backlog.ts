import { whenEmpty } from '../peer/worker-process.ts';
import { startTaskflow, type Running } from '../taskflow/start.ts';
import { taskflow } from '../peer/taskflow.ts';
import { fill } from './clear.ts';
import type { Scenario } from './scenario.ts';

/**
 * Drains on a database of its own: an empty one, then with so many waiting behind those that are counted, then with as many
 * finished. Handlers are counted, from a third on.
 */
export const backlog: Scenario = {
  name: 'backlog',
  appliesTo: (system) => system.running !== undefined,
  async measure(_system, { sizes, postgres, settle, found }) {
    const running = await startTaskflow(await postgres.create('taskflow_backlog'));
    try {
      const rate = async (waiting: number): Promise<number> => {
        await fill(taskflow(running), waiting, 4);
        await settle('taskflow_backlog');
        return drained(running, sizes.drain);
      };
      await (await running.startWorker()).stop();
      const empty = await rate(sizes.drain);
      const waiting = await rate(sizes.backlog);
      const finished = await rate(sizes.drain);
      found(await running.audit());
      return {
        'on an empty table, jobs/s': empty,
        'before a backlog, jobs/s': waiting,
        'after as many finished, jobs/s': finished,
        'backlog to empty': waiting / empty,
        'finished to empty': finished / empty,
      };
    } finally {
      await running.stop();
    }
  },
};

/** The rate of the first `count`; returns when all have run. */
async function drained(running: Running, count: number): Promise<number> {
  const worker = await running.startWorker();
  try {
    const warm = Math.floor(count / 3000) * 1000;
    const from = await worker.reached(warm);
    const to = await worker.reached(count);
    await whenEmpty(running.isEmpty);
    return ((count - warm) * 1000) / (to - from);
  } finally {
    await worker.stop();
  }
}
