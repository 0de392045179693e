import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../node_modules/.python');

/** The Python with the pinned packages of peer/requirements.txt, installed on first use; a text says why there is none. */
export function python(): { readonly command: string } | string {
  const command = join(FOLDER, 'bin/python');
  if (!existsSync(join(FOLDER, 'bin/celery'))) {
    console.error('Installing Celery and Procrastinate into bench/node_modules/.python …');
    const made = spawnSync('python3', ['-m', 'venv', FOLDER], { encoding: 'utf8' });
    if (made.status !== 0) return 'python3 with venv is not installed';
    const requirements = join(import.meta.dirname, 'requirements.txt');
    const installed = spawnSync(command, ['-m', 'pip', 'install', '-q', '-r', requirements], { encoding: 'utf8' });
    if (installed.status !== 0)
      return `its packages could not be installed: ${installed.stderr.trim().split('\n').at(-1)}`;
  }
  return { command };
}
