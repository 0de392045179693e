import { describe, expect } from '@jest/globals';
import { task } from '@taskflow/sdk';
import { deployed } from './harness/prove.js';
import { runCli } from './harness/run-cli.js';
import { until } from './harness/until.js';

// Every process is told another zone than the database, the schedules and this machine.
const environment = { TZ: 'Asia/Kolkata' };

describe('O13: times are moments, and schedules have zones', () => {
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('scheduler')]), environment);

  prove(
    'a schedule keeps to its zone through both changes of the clock, whatever the host’s is',
    async ({ grpcAddress }) => {
      const next = async (after: string, count: number, ...zone: string[]) => {
        const options = ['--cron', '30 2 * * *', '--after', after, '--count', String(count), '--api', grpcAddress];
        const { code, stdout } = await runCli(['schedule', 'next', ...options, ...zone, '-o', 'name'], environment);
        expect(code).toBe(0);
        return stdout.trim().split('\n');
      };
      const newYork = ['--timezone', 'America/New_York'];
      // 2026-03-08 has no 02:30: it becomes 03:30. 2026-11-01 has 01:30 twice, 02:30 once.
      expect(await next('2026-03-07T12:00:00Z', 2, ...newYork)).toEqual([
        '2026-03-08T07:30:00.000Z',
        '2026-03-09T06:30:00.000Z',
      ]);
      expect(await next('2026-10-31T12:00:00Z', 2, ...newYork)).toEqual([
        '2026-11-01T07:30:00.000Z',
        '2026-11-02T07:30:00.000Z',
      ]);
      expect(await next('2026-03-07T12:00:00Z', 1)).toEqual(['2026-03-08T02:30:00.000Z']);
    },
  );

  prove(
    'no column holds a time without a zone, and what fires says for which moment',
    async ({ client, sql, rest }) => {
      expect(
        await sql(`select table_name, column_name from information_schema.columns
                  where table_schema = 'public' and data_type = 'timestamp without time zone'`),
      ).toEqual([]);
      await client.apply({ tasks: [task({ name: 'tick', bash: 'true', schedule: { every: '1s' } })] });
      const [fired] = await until('it fires', async () => {
        const { body } = await rest('GET', '/v1/task-instances?task=tick');
        const { instances } = body as { instances: { scheduledFor: string; createdAt: string }[] };
        return instances.length > 0 && instances;
      });
      expect(fired?.scheduledFor).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      const [row] = await sql<{ off: number }>(
        `select max(abs(extract(epoch from created_at - scheduled_for)))::float8 as off from v_task_instances`,
      );
      expect(row?.off).toBeLessThan(10);
    },
  );
});
