import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Fault } from './plan-faults.js';
import type { Population } from './population.js';
import type { ChaosServer } from './server.js';

export interface Inflicted extends Fault {
  /** When it began. */
  readonly began: Date;
  /** When it was lifted; a process that was killed comes back by itself. */
  lifted: Date;
  /** False when there was nothing to hit: the victim was away. */
  readonly hit: boolean;
}

/** Each locks what services need, or keeps what they delete from being cleaned up, and sits idle. */
const HOLDS: Readonly<Record<string, string>> = {
  records: 'select from task_records where finished_at is null order by id limit 30 for update',
  leases: 'select from task_leases order by id limit 30 for update',
  runs: 'select from workflow_instances where finished_at is null order by id limit 10 for update',
  schedules: 'select from schedules for update',
  seat: 'select from leadership for update',
  limits: 'select from limit_slots for update',
  snapshot: 'declare reader cursor for select * from task_records',
};

/** Does one fault; resolves when it is lifted. Never rejects: what cannot be done to a victim that is away is left. */
export async function inflict(fault: Fault, population: Population, server: ChaosServer): Promise<Inflicted> {
  const began = new Date();
  const hit = await act(fault, population, server).catch((error: unknown) => {
    if (isDatabaseAway(error)) return false;
    throw error;
  });
  return { ...fault, began, lifted: new Date(), hit };
}

async function act({ kind, victim, lastsMs }: Fault, population: Population, server: ChaosServer): Promise<boolean> {
  const member = population.members.get(victim);
  const link = population.links.get(victim);
  switch (kind) {
    case 'kill':
      return member?.signal('SIGKILL') ?? false;
    case 'term':
      return member?.signal('SIGTERM') ?? false;
    case 'stop': {
      const hit = member?.signal('SIGSTOP') ?? false;
      await pause(lastsMs);
      member?.signal('SIGCONT');
      return hit;
    }
    case 'network-delay':
      link?.delay(lastsMs / 20);
      await pause(lastsMs);
      link?.delay(0);
      return true;
    case 'network-reset':
      link?.reset();
      return true;
    case 'network-half-open':
      link?.halfOpen();
      return true;
    case 'network-silence':
      link?.silence(lastsMs);
      await pause(lastsMs);
      return true;
    case 'network-mute':
      link?.mute(lastsMs);
      await pause(lastsMs);
      return true;
    case 'database-restart':
      await server.restart(lastsMs);
      return true;
    case 'database-crash':
      await server.crash(lastsMs);
      return true;
    case 'database-terminate':
      return terminate(server.url, Number.parseInt(victim, 10));
    case 'database-hold':
      return hold(server.url, HOLDS[victim] ?? 'select', lastsMs);
    case 'database-exhaust':
      return exhaust(server.url, lastsMs);
  }
}

async function terminate(url: string, percent: number): Promise<boolean> {
  const foreign = await connect(url);
  const { rowCount } = await foreign.query(terminating(percent));
  await foreign.end();
  return (rowCount ?? 0) > 0;
}

const terminating = (percent: number): string =>
  `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'taskflow%' and random() * 100 < ${percent}`;

async function hold(url: string, lock: string, lastsMs: number): Promise<boolean> {
  const foreign = await connect(url);
  await foreign.query('begin');
  await foreign.query(lock);
  await pause(lastsMs);
  await foreign.end();
  return true;
}

/** Takes every connection that the server still gives, and those of the services too. */
async function exhaust(url: string, lastsMs: number): Promise<boolean> {
  const end = performance.now() + lastsMs;
  const taken: pg.Client[] = [];
  const takeAll = async (): Promise<void> => {
    try {
      for (;;) taken.push(await connect(url));
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
    }
  };
  await takeAll();
  await taken[0]?.query(terminating(100)).catch(() => undefined);
  while (performance.now() < end) {
    await takeAll();
    await pause(50);
  }
  await Promise.all(taken.map((client) => client.end().catch(() => undefined)));
  return taken.length > 0;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'foreign' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Another fault has taken the server away, or all of its connections. */
function isDatabaseAway(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : '';
  return /^(ECONN\w+|EPIPE|57P0[123]|53300|08\w+)$/.test(code) || /connection terminated|not queryable/i.test(message);
}
