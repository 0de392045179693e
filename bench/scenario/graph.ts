import { join } from 'node:path';
import { giant, giantStep } from '../taskflow/giant.ts';
import { startTaskflow } from '../taskflow/start.ts';
import type { Scenario } from './scenario.ts';

/**
 * A workflow of 10,000 tasks on a database of its own: its registration, and the time from the end of one task to the lease of the
 * next in a chain of a hundred with the 9,900 others behind it.
 */
export const graph: Scenario = {
  name: 'graph',
  appliesTo: (system) => system.running !== undefined,
  async measure(_system, { sizes, postgres, settle, found }) {
    const running = await startTaskflow(await postgres.create('taskflow_graph'));
    const worker = await running.startWorker({ load: join(import.meta.dirname, '../taskflow/giant.ts') });
    try {
      await running.client.apply({ tasks: [giantStep] });
      const definition = giant(sizes.nodes);
      const from = performance.now();
      await running.client.apply({ workflows: [definition] });
      const registered = performance.now() - from;
      await settle('taskflow_graph');
      const began = performance.now();
      await running.client.run({ workflow: 'giant' });
      const whole = performance.now() - began;
      const [gaps] = await running.db.query<{ p50: number; p99: number }>({
        name: 'bench_gaps',
        text: `select percentile_cont(0.5) within group (order by gap) as p50, percentile_cont(0.99) within group (order by gap) as p99
                 from (select extract(epoch from a.leased_at - lag(a.ended_at) over (order by a.leased_at))::float8 * 1000 as gap
                         from task_attempts a join task_records r on r.id = a.task_instance_id
                        where r.node_key like 'chain%') t
                where gap is not null`,
      });
      found(await running.audit());
      return {
        'registered in, s': registered / 1000,
        'step p50 ms': gaps?.p50 ?? Number.NaN,
        'step p99 ms': gaps?.p99 ?? Number.NaN,
        'whole run, s': whole / 1000,
      };
    } finally {
      await worker.stop();
      await running.stop();
    }
  },
};
