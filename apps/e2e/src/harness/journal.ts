import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder in which running tasks leave traces that no service has written. */
export interface Journal {
  readonly folder: string;
  path(name: string): string;
  /** Lines of a file of it; none when it is not there. */
  lines(name: string): string[];
  exists(name: string): boolean;
  /** Makes the file that a task waits for. */
  open(name: string): void;
  remove(): void;
}

export function createJournal(): Journal {
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-e2e-'));
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    path,
    lines: (name) =>
      existsSync(path(name))
        ? readFileSync(path(name), 'utf8')
            .split('\n')
            .filter((line) => line !== '')
        : [],
    exists: (name) => existsSync(path(name)),
    open: (name) => writeFileSync(path(name), ''),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** True while the process is there and not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return false;
    throw error;
  }
}
