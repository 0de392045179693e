import type { System } from './system.ts';
import type { Running } from '../taskflow/start.ts';

/** Taskflow through its api: history, events, fencing and tokens on; a worker with 100 slots that holds 2,000 more leases ready. */
export function taskflow(running: Running): System {
  const noop = { target: { task: 'noop' } };
  return {
    name: 'taskflow',
    version: '',
    settings:
      'api, scheduler and worker in processes of their own; 100 slots and 2,000 leases ahead (pickup, chain, fan-out: none ahead)',
    database: 'taskflow',
    running,
    keepsHistory: true,
    async submitBatch(size) {
      const results = await running.client.submitBatch(Array<typeof noop>(size).fill(noop));
      if (results.some((result) => 'error' in result)) throw new Error('Taskflow has refused a submission.');
    },
    isEmpty: running.isEmpty,
    startWorker: (purpose) => running.startWorker(purpose === 'latency' ? { slots: 100, prefetch: 0 } : {}),
    async submitOne(sentAt) {
      await running.client.submit({ task: 'noop' }, { sentAt });
    },
    async runChain(steps) {
      await running.client.run({ workflow: `chain-${steps}` });
    },
    async runFanOut() {
      await running.client.run({ workflow: 'fan-out' });
    },
    audit: running.audit,
    close: running.stop,
  };
}
