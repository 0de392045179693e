import { describe, expect } from '@jest/globals';
import { task } from '@taskflow/sdk';
import { deployed } from './harness/prove.js';
import { until } from './harness/until.js';

const tick = (schedule: string) => task({ name: 'tick', bash: 'true', schedule });

describe('O8: an edit of a schedule takes effect at once, and no stale slot fires', () => {
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('scheduler'), start('worker')]));

  prove('from every second to once a year, and back', async ({ client, sql, audit }) => {
    const now = async (): Promise<Date> => {
      const [row] = await sql<{ at: Date }>('select clock_timestamp() as at');
      return row?.at ?? new Date(0);
    };
    const slotsAfter = (moment: Date) =>
      sql('select slot from v_schedule_slots where slot > $1 order by slot', [moment]);

    await client.apply({ tasks: [tick('* * * * * *')] });
    await until('it fires', async () => (await slotsAfter(new Date(0))).length >= 2);

    await client.apply({ tasks: [tick('0 0 1 1 *')] });
    const edited = await now();
    const [{ next_at: next } = { next_at: new Date(0) }] = await sql<{ next_at: Date }>(
      'select next_at from schedules',
    );
    expect(next.getTime()).toBeGreaterThan(edited.getTime() + 2000);
    expect(next.toISOString()).toMatch(/-01-01T00:00:00/);

    await until('three seconds have passed', async () => (await now()).getTime() > edited.getTime() + 3000);
    expect(await slotsAfter(edited)).toEqual([]);

    await client.apply({ tasks: [tick('* * * * * *')] });
    const back = await now();
    const [first] = await until('it fires again', async () => {
      const slots = await slotsAfter(back);
      return slots.length >= 1 && (slots as { slot: Date }[]);
    });
    expect(first?.slot.getTime()).toBeLessThan(back.getTime() + 2000);

    await client.setActive({ task: 'tick' }, false);
    const off = await now();
    await until('two seconds have passed', async () => (await now()).getTime() > off.getTime() + 2000);
    expect(
      await sql(`select distinct outcome from v_schedule_slots where slot > $1`, [new Date(off.getTime() + 1000)]),
    ).toEqual([{ outcome: 'skipped_inactive' }]);
    // What code says about `active` is its beginning only: a deploy leaves the switch alone.
    await client.apply({ tasks: [tick('* * * * * *')] });
    expect(await sql('select active from tasks')).toEqual([{ active: false }]);
    expect(await audit()).toEqual([]);
  });
});
