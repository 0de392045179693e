import { AlreadyExists } from '@taskflow/domain';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { isOpenToAll, type OsUser } from './postgres-binaries.js';

const SYSTEM_HOME = '/var/lib/taskflow';

/**
 * The folder that holds everything of one embedded server: `dataDir`, or where that lies behind a folder that the server's
 * user cannot enter (a clone under /root), a folder in /var/lib/taskflow to which `dataDir` is then a link.
 */
export function prepareHome(dataDir: string, user: OsUser | undefined): string {
  mkdirSync(dirname(dataDir), { recursive: true });
  if (existsSync(dataDir) && lstatSync(dataDir).isSymbolicLink()) return realpathSync(dataDir);
  if (user !== undefined && !isOpenToAll(dirname(dataDir)) && !existsSync(dataDir)) {
    const key = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
    const home = join(SYSTEM_HOME, key);
    mkdirSync(home, { recursive: true });
    rmSync(dataDir, { force: true });
    symlinkSync(home, dataDir);
    return home;
  }
  mkdirSync(dataDir, { recursive: true });
  if (user !== undefined) chmodSync(dataDir, 0o711);
  return realpathSync(dataDir);
}

/** Marks the home as this process's own. @throws AlreadyExists (EMBEDDED_IN_USE) while another live process has it */
export function claimHome(home: string): void {
  const file = join(home, 'owner');
  const mine = identityOf(process.pid);
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: 'wx' });
      return;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const owner = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const pid = Number.parseInt(owner, 10);
    if (owner === mine) return;
    if (pid > 0 && isAlive(pid) && identityOf(pid) === owner) {
      throw new AlreadyExists(
        `The database in ${home} is in use by process ${pid}. Stop that one first, or choose another folder.`,
        { reason: 'EMBEDDED_IN_USE' },
      );
    }
    rmSync(file, { force: true });
  }
}

export function releaseHome(home: string): void {
  rmSync(join(home, 'owner'), { force: true });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return isNativeError(error) && 'code' in error && error.code === code;
}

// A process id comes back after a restart of the machine; together with its start time it does not.
function identityOf(pid: number): string {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return `${pid}`;
  const fields = readFileSync(stat, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return `${pid} ${fields[19] ?? ''}`;
}
