import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askSync, getDestination, listDestinations, submitTask, type ListedDestination } from '@taskflow/engine';
import { registerTask, sql } from '@taskflow/testing';
import { stringify } from 'yaml';
import type { Pusher } from './pusher.js';
import { openPusherBench, type PusherBench } from './test/pusher-bench.js';

let bench: PusherBench;
let db: PusherBench['db'];
let ctx: PusherBench['ctx'];
let folder: string;

beforeEach(async () => {
  bench = await openPusherBench('reload');
  ({ db, ctx, folder } = bench);
});
afterEach(() => bench.close());

const file = (): string => join(folder, 'destinations.yaml');
const local = (name: string, more: object = {}) => {
  const times = { lease: '1s', grace: '300ms', sync_interval: '20ms' };
  return { name, kind: 'local', directory: name, ...times, ...more };
};
/** As whoever edits it should: whole, in one step. */
const write = async (...destinations: readonly unknown[]): Promise<void> => {
  await writeFile(`${file()}.new`, stringify({ destinations }));
  await rename(`${file()}.new`, file());
};

async function pusher(source: { destinations?: string; destinationsInline?: string } = {}): Promise<Pusher> {
  const made = await bench.create({
    destinations: source.destinationsInline === undefined ? file() : undefined,
    ...source,
  });
  await made.start();
  return made;
}

const define = (name: string, bash: string, destination: string): Promise<string> =>
  registerTask(db, { name, bash, push_destination: destination });
/** Ends when it may, and with the test. */
const untilGo = (): string => `while [ -d ${folder} ] && [ ! -e ${folder}/go ]; do sleep 0.05; done`;
const submit = async (task: string): Promise<string> => (await submitTask(ctx, { task })).id;

interface Shown {
  readonly status: string;
  readonly waiting_for: string | null;
}

const show = async (id: string): Promise<Shown> => {
  const [row] = await sql<Shown>(db, 'select status, waiting_for from task_instances where id = $1', [id]);
  if (!row) throw new Error(`no instance ${id}`);
  return row;
};

/** Looks again and again, each look a query, until it is so. */
async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean, ms = 15_000): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`not so in time: ${JSON.stringify(seen)}`);
  }
}
const shown = (id: string, wanted: Partial<Shown>): Promise<Shown> =>
  until(
    () => show(id),
    (seen) => Object.entries(wanted).every(([key, value]) => seen[key as keyof Shown] === value),
  );
const state = async (name: string, wanted: ListedDestination['state']): Promise<ListedDestination> => {
  const isSo = (seen: ListedDestination): boolean => seen.name === name && seen.state === wanted;
  const list = await until(
    () => listDestinations(ctx),
    (all) => all.some(isSo),
  );
  return list.find(isSo) ?? getDestination(ctx, { name });
};

test('paused submits nothing new and follows what runs to its end; it is taken over while the pusher runs', async () => {
  await define('t', untilGo(), 'here');
  await write(local('here'));
  await pusher();
  const running = await submit('t');
  await shown(running, { status: 'running' });

  await write(local('here', { paused: true }));
  await state('here', 'paused');
  const waiting = await submit('t');
  await shown(waiting, { status: 'queued', waiting_for: 'destination_paused(here)' });
  await writeFile(join(folder, 'go'), '');
  await shown(running, { status: 'success' });
  expect(await show(waiting)).toEqual({ status: 'queued', waiting_for: 'destination_paused(here)' });
  expect(await getDestination(ctx, { name: 'here' })).toMatchObject({ inFlight: 0, waiting: 1, paused: true });

  await write(local('here'));
  await shown(waiting, { status: 'success' });
});

test('a file with faults changes nothing: all of them are said, on the destinations too, until it is right', async () => {
  await define('t', 'true', 'here');
  await write(local('here'));
  const made = await pusher();
  await state('here', 'ok');

  await write(local('here', { paused: 'yes' }), local('here'), local('there', { colour: 'red' }));
  const faulty = await until(
    () => getDestination(ctx, { name: 'here' }),
    ({ configFault }) => configFault !== undefined,
  );
  expect(faulty.configFault).toContain('destinations[0].paused: got "yes", wanted true or false');
  expect(faulty.configFault).toContain('destinations[1].name: got "here", wanted a name of its own');
  expect(faulty.configFault).toContain('destinations[2]: got "colour", wanted fields that this kind has');
  expect(made.health()).toMatchObject({ ok: true, detail: expect.stringContaining('was not taken over') });
  await shown(await submit('t'), { status: 'success' });

  await write(local('here', { paused: true }));
  expect((await state('here', 'paused')).configFault).toBeUndefined();
});

test('a destination that is taken out of the file keeps its jobs, which say so, and finds them when it is back', async () => {
  await define('t', untilGo(), 'there');
  await define('other', 'true', 'here');
  await write(local('here'), local('there'));
  await pusher();
  const running = await submit('t');
  await shown(running, { status: 'running' });

  await write(local('here'));
  await state('there', 'removed');
  const waiting = await submit('t');
  expect(await show(running)).toEqual({ status: 'running', waiting_for: 'destination_removed(there)' });
  expect(await show(waiting)).toEqual({ status: 'queued', waiting_for: 'destination_removed(there)' });
  await shown(await submit('other'), { status: 'success' });
  // Its job goes on and ends meanwhile; nobody looks.
  await writeFile(join(folder, 'go'), '');
  await expect(getDestination(ctx, { name: 'there' })).resolves.toMatchObject({
    inFlight: 1,
    waiting: 1,
    state: 'removed',
  });

  await write(local('here'), local('there'));
  await shown(running, { status: 'success', waiting_for: null });
  await shown(waiting, { status: 'success' });
  const [jobs] = await sql<{ n: number }>(db, 'select count(*)::int as n from push_jobs');
  expect(jobs?.n).toBe(3);
});

test('a pusher that starts with a file which names it no more says so too', async () => {
  await define('t', untilGo(), 'there');
  await write(local('there'));
  const first = await pusher();
  const running = await submit('t');
  await shown(running, { status: 'running' });
  await first.stop();
  expect(await show(running)).toEqual({ status: 'running', waiting_for: 'no_pusher(there)' });
  await write(local('here'));
  await pusher();
  await shown(running, { status: 'running', waiting_for: 'destination_removed(there)' });
});

test('one that cannot begin tells why, and the other of its kind goes on', async () => {
  await define('bad', 'true', 'broken');
  await define('good', 'true', 'here');
  await writeFile(join(folder, 'file'), '');
  await write(local('broken', { directory: 'file/inside' }), local('here'));
  await pusher();
  const bad = await submit('bad');
  await shown(await submit('good'), { status: 'success' });
  expect(await show(bad)).toEqual({ status: 'queued', waiting_for: 'no_pusher(broken)' });
  const told = await until(
    () => getDestination(ctx, { name: 'broken' }),
    ({ lastError }) => lastError !== undefined,
  );
  expect(told).toMatchObject({ state: 'no_pusher', lastError: expect.stringContaining('ENOTDIR') });
});

test('a sync that is asked for looks at every job now, and tells what it found', async () => {
  await define('t', untilGo(), 'here');
  await write(local('here', { sync_interval: '1h', sweep_interval: '1h', lost_timeout: '1h' }));
  await pusher();
  const ids = await Promise.all([submit('t'), submit('t'), submit('t')]);
  await Promise.all(
    ids.map((id) =>
      until(
        () => show(id),
        ({ status }) => status !== 'queued',
      ),
    ),
  );
  await until(
    () => sql<{ n: number }>(db, `select count(*)::int as n from push_jobs where phase in ('submitted', 'running')`),
    ([row]) => row?.n === 3,
  );
  const [job] = await sql<{ external_name: string }>(db, 'select external_name from push_jobs order by id limit 1');
  await rename(join(folder, 'here', job?.external_name ?? ''), join(folder, 'taken'));
  await until(
    async () => {
      const { syncAskedAt } = await askSync(ctx, { name: 'here' });
      return until(
        () => getDestination(ctx, { name: 'here' }),
        ({ syncedAt }) => syncedAt !== undefined && syncAskedAt !== undefined && syncedAt >= syncAskedAt,
      );
    },
    ({ syncFound }) => syncFound?.running === 2,
  ).then(({ syncFound }) => {
    expect(syncFound).toEqual({ lookedAt: 3, running: 2, ended: 0, missing: 1, orphans: 0, error: undefined });
  });
  await expect(askSync(ctx, { name: 'nowhere' })).rejects.toThrow('There is no push destination "nowhere"');
});

test('destinations may be named by a variable alone', async () => {
  await define('t', 'true', 'here');
  await pusher({ destinationsInline: JSON.stringify([local('here', { directory: join(folder, 'here') })]) });
  await shown(await submit('t'), { status: 'success' });
  expect((await listDestinations(ctx)).map(({ name, kind }) => [name, kind])).toEqual([['here', 'local']]);
});
