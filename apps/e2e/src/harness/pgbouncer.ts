import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.js';
import { until } from './until.js';
import pg from 'pg';

/** A real PgBouncer in front of a database, in transaction mode, that uses its few connections in turn. */
export interface PgBouncer {
  /** The database's URL, through it. */
  readonly url: string;
  stop(): Promise<void>;
}

// It refuses to run as root; every Unix has this user.
const NOBODY = 65534;
const CANDIDATES = ['pgbouncer', '/usr/sbin/pgbouncer'];

/** Where it is on this machine; undefined when it is not installed. */
export function findPgBouncer(): string | undefined {
  return CANDIDATES.find((path) => spawnSync(path, ['--version']).status === 0);
}

export async function startPgBouncer(binary: string, databaseUrl: string): Promise<PgBouncer> {
  const target = new URL(databaseUrl);
  const [port = 0] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-pgbouncer-'));
  chmodSync(folder, 0o755);
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${target.hostname} port=${target.port} user=${target.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 6
max_client_conn = 200
server_round_robin = 1
`,
  );
  const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn(binary, ['-q', file], { ...owner, cwd: '/', stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const through = new URL(databaseUrl);
  through.hostname = '127.0.0.1';
  through.port = String(port);
  await until('pgbouncer answers', () => answers(through.href));
  return {
    url: through.href,
    async stop() {
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 2000);
      await exited;
      clearTimeout(patience);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
