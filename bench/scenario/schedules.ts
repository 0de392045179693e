import { setTimeout as pause } from 'node:timers/promises';
import { task } from '@taskflow/sdk';
import { startTaskflow } from '../taskflow/start.ts';
import type { Scenario } from './scenario.ts';

const AT_ONCE = 1000;
/** Nothing is due so shortly after the registration. */
const LEAD_MS = 5000;

/** Schedules that are all due at the same minute, on a database of their own: when the last instance is there, and how late each is. */
export const schedules: Scenario = {
  name: 'schedules',
  appliesTo: (system) => system.running !== undefined,
  async measure(_system, { sizes, postgres, found }) {
    const running = await startTaskflow(await postgres.create('taskflow_schedules'));
    try {
      const late = 60_000 - (Date.now() % 60_000) < 30_000;
      if (late) await pause(60_000 - (Date.now() % 60_000));
      const from = performance.now();
      for (let index = 0; index < sizes.schedules; index += AT_ONCE) {
        const tasks = Array.from({ length: Math.min(AT_ONCE, sizes.schedules - index) }, (_, n) =>
          task({ name: `scheduled-${index + n}`, schedule: '* * * * *', run: () => undefined }),
        );
        await running.client.apply({ tasks });
      }
      const registered = (performance.now() - from) / 1000;
      const untilDue = 60_000 - (Date.now() % 60_000);
      if (untilDue < LEAD_MS) throw new Error(`Registering ${sizes.schedules} schedules took ${registered} s.`);
      const due = Date.now() + untilDue;
      await pause(untilDue);
      let seen = 0;
      while (seen < sizes.schedules && Date.now() < due + 50_000) {
        await pause(10);
        const [row] = await running.db.query<{ n: string }>({
          name: 'bench_records',
          text: 'select count(*) as n from task_records',
        });
        seen = Number(row?.n);
      }
      const all = (Date.now() - due) / 1000;
      const [lag] = await running.db.query<{ p50: number; p99: number }>({
        name: 'bench_lag',
        text: `select percentile_cont(0.5) within group (order by lag) as p50, percentile_cont(0.99) within group (order by lag) as p99
                 from (select extract(epoch from created_at - scheduled_for)::float8 as lag from task_records) t`,
      });
      found(await running.audit());
      return {
        'all inserted after, s': seen < sizes.schedules ? Number.NaN : all,
        'lag p50 s': lag?.p50 ?? Number.NaN,
        'lag p99 s': lag?.p99 ?? Number.NaN,
        'registered in, s': registered,
      };
    } finally {
      await running.stop();
    }
  },
};
