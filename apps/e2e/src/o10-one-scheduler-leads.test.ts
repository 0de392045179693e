import { describe, expect } from '@jest/globals';
import { task } from '@taskflow/sdk';
import { deployed } from './harness/prove.js';
import type { ServiceProcess } from './harness/service-process.js';
import { until } from './harness/until.js';

const tasks = ['one', 'two', 'three'].map((name) =>
  task({ name, bash: 'true', schedule: { cron: '* * * * * *', misfire: 'all' } }),
);

describe('O10: one scheduler leads, and a slot fires once whatever is paused or killed', () => {
  const schedulers: ServiceProcess[] = [];
  const { prove } = deployed(async ({ start }) => {
    await start('api');
    schedulers.push(...(await Promise.all([start('scheduler'), start('scheduler')])));
  });

  prove(
    'a paused ex-leader writes nothing; every slot has one row',
    async (deployment) => {
      const { client, sql, audit, start } = deployment;
      const leader = async () => {
        const [row] = await sql<{ term: string; holder: string; valid: boolean }>(
          `select term::text, holder, lease_until > clock_timestamp() as valid from leadership where name = 'scheduler'`,
        );
        return row?.valid === true ? { term: Number(row.term), pid: Number(row.holder.split('/')[1]) } : undefined;
      };
      const processOf = (pid: number) => schedulers.find((process) => process.pid === pid);
      const firedBy = async (term: number) =>
        (await sql('select slot from schedule_slots where term = $1', [String(term)])).length;

      await client.apply({ tasks });
      const first = await until('there is a leader that fires', async () => {
        const found = await leader();
        return found && (await firedBy(found.term)) > 3 && found;
      });
      processOf(first.pid)?.signal('SIGSTOP');
      const second = await until(
        'the other one leads',
        async () => {
          const found = await leader();
          return found && found.term > first.term && (await firedBy(found.term)) > 3 && found;
        },
        15_000,
      );
      expect(second.pid).not.toBe(first.pid);

      const before = await firedBy(first.term);
      processOf(first.pid)?.signal('SIGCONT');
      await until('the former one knows that it is over', async () =>
        processOf(first.pid)?.lines.some((line) => line.includes('no longer the elected scheduler')),
      );
      processOf(second.pid)?.signal('SIGKILL');
      const [killed] = await sql<{ at: Date }>('select clock_timestamp() as at');
      schedulers.push(await start('scheduler'));
      const third = await until(
        'one leads again',
        async () => {
          const found = await leader();
          return found && found.term > second.term && (await firedBy(found.term)) > 3 && found;
        },
        20_000,
      );
      expect(await firedBy(first.term)).toBe(before);
      const [takenOver] = await sql<{ s: number }>(
        `select extract(epoch from elected_at - $1)::float8 as s from leadership where name = 'scheduler'`,
        [killed?.at],
      );
      expect(takenOver?.s).toBeLessThan(10);

      // SIGTERM resigns: the next one takes over within a second.
      await processOf(third.pid)?.stop();
      await until('the last one leads', async () => ((await leader())?.term ?? 0) > third.term, 5000);
      const resigned = processOf(third.pid)?.lines.find((line) => line.includes('resigned as the scheduler')) ?? '{}';
      const [planned] = await sql<{ s: number }>(
        `select extract(epoch from elected_at - $1)::float8 as s from leadership where name = 'scheduler'`,
        [(JSON.parse(resigned) as { time: string }).time],
      );
      expect(planned?.s).toBeLessThan(1);

      await client.setActive({ task: 'one' }, false);
      expect(
        await sql(
          `select target_name, count(distinct slot)::int as slots from v_schedule_slots group by 1
         having extract(epoch from max(slot) - min(slot)) + 1 <> count(*)`,
        ),
      ).toEqual([]);
      expect(
        await sql(`select schedule_id, scheduled_for from task_records group by 1, 2 having count(*) > 1`),
      ).toEqual([]);
      expect(await audit()).toEqual([]);
    },
    60_000,
  );
});
