import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkItem, type CheckItem } from '../check-item.js';

/** Whether jobs can be kept in a folder and commands be run. Leaves nothing behind but the folder. */
export async function checkFolder(directory: string): Promise<CheckItem[]> {
  return [
    await checkItem('folder', 'give it to the pusher’s user, or name another `directory`', async () => {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const trial = join(directory, `.check-${String(process.pid)}`);
      await writeFile(trial, '');
      await rm(trial);
      return directory;
    }),
    await checkItem('bash', 'install Bash where the pusher runs', async () => {
      const child = spawn('bash', ['-c', 'printf %s "$BASH_VERSION"'], { stdio: ['ignore', 'pipe', 'ignore'] });
      let version = '';
      child.stdout.on('data', (chunk: Buffer) => (version += chunk.toString()));
      await once(child, 'close');
      return version;
    }),
  ];
}
