import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommandFailure } from '../failure/command-failure.js';
import { identityOf, upFile } from './running-up.js';

export interface UpFolder {
  readonly path: string;
  /** Removed at the end. */
  readonly ephemeral: boolean;
}

export function openFolder(options: { readonly dir: string; readonly ephemeral?: boolean }): UpFolder {
  if (options.ephemeral) {
    const path = mkdtempSync(join(tmpdir(), 'taskflow-up-'));
    // The database's own user has to pass through where this runs as root.
    chmodSync(path, 0o711);
    return { path, ephemeral: true };
  }
  const path = resolve(options.dir);
  mkdirSync(path, { recursive: true });
  const ignore = join(path, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  return { path, ephemeral: false };
}

/**
 * Makes the folder this process's own; the function that is given back lets it go.
 *
 * @throws CommandFailure while another `taskflow up` runs there
 */
export function claimFolder({ path, ephemeral }: UpFolder): () => void {
  const lock = join(path, 'up.lock');
  const mine = identityOf(process.pid) ?? '';
  for (;;) {
    try {
      writeFileSync(lock, mine, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = existsSync(lock) ? readFileSync(lock, 'utf8') : '';
    const pid = Number.parseInt(owner, 10);
    if (pid > 0 && identityOf(pid) === owner) {
      throw new CommandFailure(
        `taskflow up runs in ${path} already (process ${pid}). Use that one, stop it, or give this one another --dir.`,
      );
    }
    rmSync(lock, { force: true });
  }
  return () => {
    rmSync(upFile(path), { force: true });
    rmSync(lock, { force: true });
    if (ephemeral) rmSync(path, { recursive: true, force: true });
  };
}
