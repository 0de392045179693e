import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect } from '@jest/globals';
import { task } from '@taskflow/sdk';
import { stringify } from 'yaml';
import { createJournal } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { runCli } from './harness/run-cli.js';
import { until } from './harness/until.js';

const journal = createJournal();
afterAll(() => journal.remove());

const local = (name: string, more: object = {}) => {
  return { name, kind: 'local', directory: journal.path(name), sync_interval: '50ms', lease: '1s', ...more };
};
const file = journal.path('destinations.yaml');
writeFileSync(file, stringify({ destinations: [local('here'), local('idle', { paused: true })] }));

describe('taskflow destination', () => {
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('scheduler'), start('pusher')]), {
    TASKFLOW_DESTINATIONS: file,
  });

  prove('list, sync and task get show what runs where', async ({ client, environment, rest }) => {
    const stop = journal.path('stop');
    const wait = { bash: `while [ ! -e ${stop} ]; do sleep 0.05; done` };
    const tasks = [
      task({ name: 'long', ...wait, pushDestination: 'here' }),
      task({ name: 'parked', bash: 'true', pushDestination: 'idle' }),
    ] as const;
    await client.apply({ tasks: [...tasks] });
    const [long, parked] = [await client.submit(tasks[0]), await client.submit(tasks[1])];
    await until('it runs', async () => (await long.get()).status === 'running');

    const listed = await until('both are held', async () => {
      const { code, stdout } = await runCli(['destination', 'list', '-o', 'json'], environment);
      expect(code).toBe(0);
      const rows = JSON.parse(stdout) as { name: string; holder: string }[];
      return rows.length === 2 && rows.every(({ holder }) => holder !== '') && rows;
    });
    expect(listed).toMatchObject([
      { name: 'here', kind: 'local', state: 'ok', inFlight: 1, waiting: 0, maxInFlight: 100 },
      { name: 'idle', kind: 'local', state: 'paused', inFlight: 0, waiting: 1 },
    ]);
    expect((await runCli(['destination', 'list', '-o', 'name'], environment)).stdout).toBe('here\nidle\n');
    expect(await rest('GET', '/v1/destinations/idle')).toMatchObject({ body: { destination: { state: 'paused' } } });
    expect(await parked.get()).toMatchObject({ status: 'queued', waitingFor: 'destination_paused(idle)' });

    const synced = await runCli(['destination', 'sync', 'here', '-o', 'json'], environment);
    expect(synced).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(synced.stdout)).toMatchObject({ destination: 'here', lookedAt: 1, running: 1, missing: 0 });
    const unknown = await runCli(['destination', 'sync', 'nowhere'], environment);
    expect(unknown).toMatchObject({ code: 3, stdout: '' });

    const shown = await runCli(['task', 'get', long.id], environment);
    expect(shown.stdout).toMatch(/^job +tf-[0-9a-f]{8}-\d+-a1-long [0-9a-f-]{36}$/m);
    expect(shown.stdout).toMatch(/^link +file:\/\/.*-a1-long$/m);
    writeFileSync(stop, '');
    await long.result();
    const { attempts } = await client.services.instances.listTaskAttempts({ id: long.id });
    expect(attempts[0]).toMatchObject({ externalName: expect.stringMatching(/-a1-long$/), link: expect.any(String) });
  });

  prove('check proves each, exits with 1 when something is not so, and reads the file as the pusher does', async () => {
    const told = { TASKFLOW_DESTINATIONS: file };
    const good = await runCli(['destination', 'check', '--all', '-o', 'json'], told);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    const rows = JSON.parse(good.stdout) as { destination: string; what: string; state: string }[];
    expect(rows.map(({ destination, what, state }) => [destination, what, state])).toEqual([
      ['here', 'folder', 'ok'],
      ['here', 'bash', 'ok'],
      ['idle', 'folder', 'ok'],
      ['idle', 'bash', 'ok'],
    ]);
    writeFileSync(journal.path('plain'), '');
    const broken = stringify([local('here'), local('broken', { directory: `${journal.path('plain')}/inside` })]);
    const inline = { TASKFLOW_DESTINATIONS_INLINE: broken };
    const bad = await runCli(['destination', 'check', 'broken'], inline);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/^broken +folder +failed +ENOTDIR.*name another `directory`/m);
    expect(bad.stderr).toContain('1 of 2 checks failed');
    expect((await runCli(['destination', 'check', 'none'], inline)).code).toBe(3);
    expect((await runCli(['destination', 'check', '--all'])).code).toBe(2);
    const faulty = { TASKFLOW_DESTINATIONS_INLINE: '[{ name: a, kind: mesos, masters: [], colour: red }]' };
    const faults = await runCli(['destination', 'check', '--all'], faulty);
    expect(faults.code).toBe(2);
    for (const fault of ['[0].masters: got', '[0].user: is missing', '[0]: got "colour"']) {
      expect(faults.stderr).toContain(`destinations${fault}`);
    }
  });
});
