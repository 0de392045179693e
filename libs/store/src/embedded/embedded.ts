import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { claimHome, isAlive, prepareHome, releaseHome } from './claim-home.js';
import { findBinaries, postgresUser, type OsUser, type PostgresBinaries } from './postgres-binaries.js';
import { runTool } from './run-tool.js';

export interface EmbeddedOptions {
  /** Folder of the server, made when absent; kept when it stops. */
  readonly dataDir: string;
  /** Port on 127.0.0.1; a free one when absent or 0. */
  readonly port?: number | undefined;
  /** Further settings of the server: `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

export interface EmbeddedPostgres {
  /** Of the database `taskflow`, with the password of this server. */
  readonly url: string;
  readonly port: number;
  /** What the server writes. */
  readonly logFile: string;
  /**
   * Lets running transactions fail, writes everything to disk and returns when the server has ended. `remove`: deletes its
   * data as well; for a folder that was temporary (the data may lie elsewhere, see prepareHome).
   */
  stop(options?: { readonly remove?: boolean }): Promise<void>;
}

const ROLE = 'taskflow';

/**
 * Starts a real Postgres that npm installed. It outlives a killed parent; the next start finds and stops it first. Its own
 * session keeps a Ctrl-C in the terminal from ending it before its users.
 *
 * @throws AlreadyExists (EMBEDDED_IN_USE) while another process runs it; Unavailable (EMBEDDED_MISSING, EMBEDDED_FAILED)
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const user = postgresUser();
  const home = prepareHome(resolve(options.dataDir), user);
  claimHome(home);
  try {
    const binaries = await findBinaries(home, user);
    const data = join(home, 'data');
    await stopAbandoned(binaries, data, user);
    const password = await initialise(binaries, home, user);
    const logFile = openLog(home, user);
    const port = options.port || (await freePort());
    const settings = flags({ ...SETTINGS, port: String(port), ...options.settings });
    await runTool(binaries.pg_ctl, ['start', '-D', data, '-w', '-t', '60', '-l', logFile, '-o', settings], user).catch(
      (error: Error) => {
        throw withLog(error, logFile);
      },
    );
    const url = `postgresql://${ROLE}:${password}@127.0.0.1:${port}/${ROLE}`;
    await createDatabase(url);
    return {
      url,
      port,
      logFile,
      async stop({ remove = false } = {}) {
        await runTool(binaries.pg_ctl, ['stop', '-D', data, '-w', '-t', '60', '-m', 'fast'], user);
        releaseHome(home);
        if (!remove) return;
        rmSync(home, { recursive: true, force: true });
        rmSync(resolve(options.dataDir), { recursive: true, force: true });
      },
    };
  } catch (error) {
    releaseHome(home);
    throw error;
  }
}

// Dead rows of the queue are to be gone soon; everything else is Postgres's own default, durability above all.
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  autovacuum_naptime: '5s',
  wal_compression: 'on',
  timezone: 'UTC',
};

/** Makes the cluster once; one that was cut short is made anew. Gives the role's password. */
async function initialise(binaries: PostgresBinaries, home: string, user: OsUser | undefined): Promise<string> {
  const [data, building, secret] = ['data', 'data.new', 'password'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  if (existsSync(data)) return readFileSync(secret, 'utf8');
  const password = randomBytes(18).toString('base64url');
  rmSync(building, { recursive: true, force: true });
  rmSync(secret, { force: true });
  writeFileSync(secret, password, { mode: 0o600 });
  if (user !== undefined) {
    chownSync(secret, user.uid, user.gid);
    // initdb makes the folder itself, for which its parent has to be its own.
    chownSync(home, user.uid, user.gid);
  }
  const args = ['-D', building, `--username=${ROLE}`, '--auth=scram-sha-256', `--pwfile=${secret}`];
  await runTool(binaries.initdb, [...args, '--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions'], user);
  renameSync(building, data);
  return password;
}

/** Stops a server whose parent was killed; forgets a pid file whose process is gone or is another program now. */
async function stopAbandoned(binaries: PostgresBinaries, data: string, user: OsUser | undefined): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  const name = `/proc/${pid}/comm`;
  const isPostgres = isAlive(pid) && (!existsSync(name) || readFileSync(name, 'utf8').startsWith('postgres'));
  if (!isPostgres) rmSync(pidFile, { force: true });
  else await runTool(binaries.pg_ctl, ['stop', '-D', data, '-w', '-t', '60', '-m', 'fast'], user);
}

function openLog(home: string, user: OsUser | undefined): string {
  const file = join(home, 'postgres.log');
  closeSync(openSync(file, 'w'));
  if (user !== undefined) chownSync(file, user.uid, user.gid);
  return file;
}

function withLog(error: Error, logFile: string): Error {
  error.message += readFileSync(logFile, 'utf8').slice(-2000);
  return error;
}

function flags(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}='${value.replaceAll("'", "''")}'`)
    .join(' ');
}

async function createDatabase(url: string): Promise<void> {
  const admin = new URL(url);
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [ROLE]);
    if (rowCount === 0) await client.query(`create database ${ROLE}`);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((settle, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => settle(port));
    });
  });
}
