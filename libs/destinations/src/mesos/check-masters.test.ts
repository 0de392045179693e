import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckItem } from '../check-item.js';
import { checkMasters } from './check-masters.js';
import { openMesosRig, type MesosRig } from './test/open-rig.js';

describe('a check of masters', () => {
  let rig: MesosRig;
  beforeAll(async () => {
    rig = await openMesosRig();
  }, 180_000);
  afterAll(() => rig.close());
  const told = (items: readonly CheckItem[]): string[] => items.map(({ what, state }) => `${what}: ${state}`);

  it('finds who leads, the agents and the roles, and subscribes nothing', async () => {
    const items = await checkMasters({ masters: [rig.master], roles: ['*', 'batch'] });
    expect(told(items)).toEqual([`master ${rig.master}: ok`, 'no principal: ok', 'agents: ok', 'roles *, batch: ok']);
    expect(items[2]?.told).toMatch(/^2 active, /);
    const answer = await fetch(`${rig.master}/master/frameworks`);
    expect(await answer.json()).toMatchObject({ frameworks: [] });
  });

  it('tells of a master that is not there, and goes on with the one that is', async () => {
    const items = await checkMasters({ masters: ['http://127.0.0.1:1', rig.master], roles: ['*'] });
    expect(items[0]).toMatchObject({ state: 'failed', told: expect.stringContaining('see that it runs') });
    expect(told(items).slice(1)).toEqual([`master ${rig.master}: ok`, 'no principal: ok', 'agents: ok', 'roles *: ok']);
  });

  it('tells of a secret that the master does not take', async () => {
    const mesos = (await import(join(import.meta.dirname, '../../../../tools/rig/mesos/rig.mjs'))) as {
      start(options: object): ChildProcess & { readonly url: string };
      stop(child: ChildProcess): Promise<void>;
      freePort(): Promise<number>;
      ready(url: string, agents: number, ms: number): Promise<unknown>;
    };
    const work = await mkdtemp(join(tmpdir(), 'taskflow-check-'));
    await writeFile(join(work, 'known'), JSON.stringify({ credentials: [{ principal: 'jobs', secret: 'right' }] }));
    const env = {
      MESOS_CREDENTIALS: `file://${join(work, 'known')}`,
      MESOS_AUTHENTICATE_HTTP_FRAMEWORKS: 'true',
      MESOS_HTTP_FRAMEWORK_AUTHENTICATORS: 'basic',
    };
    const child = mesos.start({ work: join(work, 'all'), port: await mesos.freePort(), agents: 1, env });
    try {
      await mesos.ready(child.url, 1, 60_000);
      const check = async (more: object): Promise<string[]> =>
        told(await checkMasters({ masters: [child.url], roles: ['*'], ...more })).slice(1, 2);
      expect(await check({ principal: 'jobs', secret: 'right' })).toEqual(['principal jobs: ok']);
      expect(await check({ principal: 'jobs', secret: 'wrong' })).toEqual(['principal jobs: failed']);
      expect(await check({})).toEqual(['no principal: failed']);
    } finally {
      await mesos.stop(child);
      await rm(work, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    }
  });
});
