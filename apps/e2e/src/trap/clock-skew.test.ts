import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect } from '@jest/globals';
import { task, workflow } from '@taskflow/sdk';
import { deployed } from '../harness/prove.js';
import { until } from '../harness/until.js';

const SHIFT_CLOCK = pathToFileURL(join(import.meta.dirname, '../fixture/shift-clock.mjs')).href;
const TTL_S = 3;

const long = task({ name: 'long', bash: `sleep ${TTL_S * 1.5}` });
const quick = task({ name: 'quick', bash: 'true' });
const flaky = task({ name: 'flaky', bash: '[ "$TASKFLOW_ATTEMPT" = 2 ]', retries: 1, retryDelay: '1s' });
const endless = task({ name: 'endless', bash: 'exec sleep 60', timeout: '1s' });
const ticking = task({ name: 'ticking', bash: 'true', schedule: { every: '1s' } });
const pair = workflow({ name: 'pair', timeout: '50s', tasks: { a: quick, b: { task: quick, dependsOn: ['a'] } } });

describe('trap: clocks that are a minute off', () => {
  const off = (seconds: number) => ({
    NODE_OPTIONS: `--import=${SHIFT_CLOCK}`,
    TASKFLOW_TEST_CLOCK_SHIFT_MS: String(seconds * 1000),
  });
  const { prove } = deployed(
    ({ start }) =>
      Promise.all([
        start('api', { environment: off(60) }),
        start('scheduler', { environment: off(-60) }),
        start('worker', { environment: { ...off(60), TASKFLOW_WORKER_NAME: 'ahead' } }),
        start('worker', { environment: { ...off(-60), TASKFLOW_WORKER_NAME: 'behind' } }),
      ]),
    { TASKFLOW_LEASE_TTL: `${TTL_S}s` },
  );

  prove('change nothing: leases, delays, timeouts and schedules go by the time of the database', async (deployment) => {
    const { client, sql, audit } = deployment;
    await client.apply({ tasks: [long, quick, flaky, endless, ticking], workflows: [pair] });
    const [due] = await sql<{ runAt: Date; expiresAt: Date }>(
      `select clock_timestamp() + interval '2 s' as "runAt", clock_timestamp() + interval '40 s' as "expiresAt"`,
    );
    const [longs, delayed, failing, timed, run] = await Promise.all([
      Promise.all([1, 2, 3, 4].map(() => client.submit(long))),
      client.submit(quick, {}, { ...due }),
      client.submit(flaky),
      client.submit(endless),
      client.submit(pair),
    ]);
    for (const handle of longs) expect(await handle.wait()).toMatchObject({ status: 'success', attempt: 1 });
    expect(await delayed.wait()).toMatchObject({ status: 'success' });
    expect(await failing.wait()).toMatchObject({ status: 'success', attempt: 2 });
    expect(await timed.wait()).toMatchObject({ status: 'failed', reason: 'TIMEOUT' });
    expect(await run.wait()).toMatchObject({ status: 'success' });

    const seconds = async (text: string, id: string) => {
      const [row] = await sql<{ s: number }>(`select extract(epoch from (${text}))::float8 as s`, [id]);
      return row?.s ?? Number.NaN;
    };
    const late = await seconds('select started_at - run_at from task_records where id = $1', delayed.id);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(5);
    const ran = 'select ended_at - leased_at from task_attempts where task_instance_id = $1 and attempt = 1';
    expect(await seconds(ran, timed.id)).toBeGreaterThanOrEqual(1);
    expect(await seconds(ran, timed.id)).toBeLessThan(10);
    const pause = `select b.leased_at - a.ended_at from task_attempts a join task_attempts b using (task_instance_id)
                    where task_instance_id = $1 and a.attempt = 1 and b.attempt = 2`;
    expect(await seconds(pause, failing.id)).toBeGreaterThanOrEqual(1);
    expect(await seconds(pause, failing.id)).toBeLessThan(6);

    const slots = await until('some slots have fired', async () => {
      const fired = await sql<{ lag: number }>(
        `select extract(epoch from r.created_at - r.scheduled_for)::float8 as lag from task_records r where r.task_name = 'ticking'`,
      );
      return fired.length >= 3 && fired;
    });
    for (const { lag } of slots) {
      expect(lag).toBeGreaterThanOrEqual(0);
      expect(lag).toBeLessThan(5);
    }
    // Both took part, and nobody lost a lease.
    expect(await sql(`select distinct worker from task_attempts order by 1`)).toEqual([
      { worker: 'ahead' },
      { worker: 'behind' },
    ]);
    expect(
      await sql(`select outcome from task_attempts where outcome not in ('success', 'failed', 'timeout')`),
    ).toEqual([]);
    expect(await audit()).toEqual([]);
  });
});
