import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** A command that was killed has a moment to go: TERM, five seconds, KILL. */
const PATIENCE_MS = 15_000;

/**
 * Commands of Task Instances of this run that live on although everything has ended, told by the journal among their
 * variables. Nothing where there is no /proc.
 */
export async function strayCommands(pushJournal: string): Promise<object[]> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await commandsWith(`TASKFLOW_PARAM_JOURNAL=${pushJournal}`);
    if (found.length === 0 || performance.now() > end) return found;
    await pause(250);
  }
}

async function commandsWith(variable: string): Promise<object[]> {
  const names = await readdir('/proc').catch(() => []);
  const all = names
    .filter((name) => /^\d+$/.test(name))
    .map(async (pid) => {
      const environment = (await read(`/proc/${pid}/environ`)).split('\0');
      if (!environment.includes(variable)) return [];
      const instance = environment.find((each) => each.startsWith('TASKFLOW_TASK_INSTANCE_ID='));
      const command = (await read(`/proc/${pid}/cmdline`)).split('\0').join(' ').trim();
      // A process that has ended, and whose parent has not asked yet, has no command line.
      return command === '' ? [] : [{ pid: Number(pid), instance, command: command.slice(0, 120) }];
    });
  return (await Promise.all(all)).flat();
}

/** Empty when the process has ended meanwhile, or is somebody else's. */
function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
