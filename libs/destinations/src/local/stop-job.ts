import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { claimNever, ifThere, readJobFolder, writeOnce } from './job-folder.js';
import { isAlive, signal } from './process-identity.js';

/**
 * Asks for the end of a job: before its start for good, else TERM to its process group and, when `graceMs` have passed, KILL.
 * The supervisor sees to that by itself; where it was killed, calls that follow do.
 */
export async function stopJob(directory: string, reason: string, graceMs: number, now: () => Date): Promise<void> {
  const files = await readJobFolder(directory);
  if (files === undefined || files.exitCode !== undefined || files.supervisor === null) return;
  await writeOnce(directory, 'cancel', reason);
  if (files.supervisor === undefined && (await claimNever(directory))) return;
  const { supervisor, command } = (await readJobFolder(directory)) ?? {};
  if (supervisor && (await isAlive(supervisor))) {
    signal(supervisor.pid, 'SIGTERM');
    return;
  }
  if (!command || !(await isAlive(command))) return;
  const asked = (await ifThere(stat(join(directory, 'cancel'))))?.mtimeMs ?? 0;
  signal(-command.pid, now().getTime() - asked >= graceMs ? 'SIGKILL' : 'SIGTERM');
}
