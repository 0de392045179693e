import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, globSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@taskflow/store/embedded';
import { Client } from 'pg';
import { freePort } from './free-port.ts';

/** Of the server, for every system alike; everything else is at its default: fsync and synchronous_commit are on. */
const SETTINGS = {
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  max_connections: '300',
  log_line_prefix: '%a|',
  lc_messages: 'C',
};

export interface Postgres {
  readonly version: string;
  /** The settings that are not the default. */
  readonly settings: string;
  /** Of the server's first process. */
  readonly pid: number;
  readonly logFile: string;
  /** Folder of pgbench, where the machine has it. */
  readonly tools: string | undefined;
  /** Makes the database anew. */
  create(database: string): Promise<string>;
  /** Runs one statement in the database, `postgres` unless named. */
  query<Row>(text: string, database?: string): Promise<Row[]>;
  stop(): Promise<void>;
}

/** The machine's own Postgres (the newest under /usr/lib/postgresql), or else the embedded one. */
export async function startPostgres(folder: string): Promise<Postgres> {
  const installed = globSync('/usr/lib/postgresql/*/bin/initdb').sort().at(-1)?.replace('/initdb', '');
  const server = installed ? await startInstalled(folder, installed) : await startEmbedded(folder);
  const urlOf = (database: string): string => server.url.replace(/\/[^/]*$/, `/${database}`);
  const admin = await connected(urlOf('postgres'));
  const { rows } = await admin.query<{ server_version: string }>('show server_version');
  return {
    ...server,
    version: rows[0]?.server_version.split(' ')[0] ?? '',
    settings: Object.entries(SETTINGS)
      .filter(([name]) => !name.startsWith('l'))
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
    async create(database) {
      await admin.query(`drop database if exists ${database} with (force)`);
      await admin.query(`create database ${database}`);
      return urlOf(database);
    },
    async query<Row>(text: string, database?: string) {
      if (database === undefined) return (await admin.query(text)).rows as Row[];
      const client = new Client({ connectionString: urlOf(database), application_name: 'bench' });
      await client.connect();
      try {
        return (await client.query(text)).rows as Row[];
      } finally {
        await client.end();
      }
    },
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}

type Server = Pick<Postgres, 'pid' | 'logFile' | 'tools' | 'stop'> & { readonly url: string };

async function startInstalled(folder: string, tools: string): Promise<Server> {
  const data = join(folder, 'postgres');
  mkdirSync(data);
  const user = process.getuid?.() === 0 ? systemUser('postgres') : undefined;
  if (user) {
    chmodSync(folder, 0o711);
    chownSync(data, user.uid, user.gid);
  }
  const made = spawnSync(`${tools}/initdb`, ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--locale=C'], {
    ...user,
    cwd: data,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`initdb has failed:\n${made.stderr}`);
  const port = await freePort();
  const logFile = join(folder, 'postgres.log');
  const log = openSync(logFile, 'a');
  const options = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const where = ['-D', data, '-p', String(port), '-k', data, '-c', 'listen_addresses=127.0.0.1'];
  const child = spawn(`${tools}/postgres`, [...where, ...options], { ...user, cwd: data, stdio: ['ignore', log, log] });
  // However this process ends, the server ends with it.
  process.once('exit', () => child.kill('SIGQUIT'));
  return {
    url: `postgres://bench@127.0.0.1:${port}/postgres`,
    pid: child.pid ?? 0,
    logFile,
    tools,
    async stop() {
      child.kill('SIGINT');
      await once(child, 'exit');
    },
  };
}

async function startEmbedded(folder: string): Promise<Server> {
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'db'), settings: SETTINGS });
  const pidFile = globSync(`${folder}/**/postmaster.pid`)[0] ?? join(folder, 'db/data/postmaster.pid');
  return {
    url: server.url,
    pid: Number.parseInt(readFileSync(pidFile, 'utf8'), 10),
    logFile: server.logFile,
    tools: undefined,
    stop: () => server.stop({ remove: true }),
  };
}

function systemUser(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined) throw new Error(`Postgres does not run as root, and this machine has no user ${name}.`);
  return { uid: Number(uid), gid: Number(gid) };
}

async function connected(url: string): Promise<Client> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(100);
    }
  }
}
