import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuTime, residentMemory } from '../machine/cpu-time.ts';
import type { Scenario } from './scenario.ts';

const SETTLE_MS = 6000;

/** What the services do while nothing is to do: statements that Postgres logged, CPU time, memory, each by service. */
export const idle: Scenario = {
  name: 'idle',
  appliesTo: (system) => system.running !== undefined,
  async measure(system, { sizes, postgres }): Promise<Record<string, number>> {
    const { running } = system;
    if (!running) return {};
    const worker = await running.startWorker({ slots: 10, prefetch: 0 });
    const pids = { api: running.apis[0]?.pid ?? 0, scheduler: running.scheduler.pid, worker: worker.pid };
    try {
      await pause(SETTLE_MS);
      await logStatements(true);
      const skip = readFileSync(postgres.logFile).length;
      const before = Object.entries(pids).map(([name, pid]) => [name, cpuTime(pid)] as const);
      await pause(sizes.idleSeconds * 1000);
      const log = readFileSync(postgres.logFile).subarray(skip).toString();
      const figures: Record<string, number> = {};
      for (const [name, micros] of before) {
        const pid = pids[name as keyof typeof pids];
        figures[`${name} CPU %`] = (cpuTime(pid) - micros) / sizes.idleSeconds / 10_000;
        figures[`${name} memory MB`] = residentMemory(pid);
      }
      for (const name of ['api', 'scheduler'] as const) {
        const logged = log.match(new RegExp(`^taskflow ${name}[^|\n]*\\|LOG: {2}(execute|statement)`, 'gm'));
        figures[`${name} queries/s`] = (logged?.length ?? 0) / sizes.idleSeconds;
      }
      return {
        ...figures,
        'busiest, queries/s': Math.max(...most(figures, 'queries/s')),
        'busiest, CPU %': Math.max(...most(figures, 'CPU %')),
      };
    } finally {
      await logStatements(false);
      await worker.stop();
    }

    async function logStatements(on: boolean): Promise<void> {
      await postgres.query(`alter system set log_statement = '${on ? 'all' : 'none'}'`);
      await postgres.query('select pg_reload_conf()');
      await pause(500);
    }
  },
};

function most(figures: Readonly<Record<string, number>>, unit: string): number[] {
  return Object.entries(figures).flatMap(([name, value]) => (name.endsWith(unit) ? [value] : []));
}
