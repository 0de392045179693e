import { readFile } from 'node:fs/promises';
import { codeOf } from './error-code.js';

/** "PID START BOOT" of a process, as the supervisor writes it: another process of the same number is another identity. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to start; "-" where the system does not tell. */
  readonly start: string;
  readonly boot: string;
}

export function parseIdentity(text: string): ProcessIdentity | undefined {
  const [pid, start, boot] = text.trim().split(' ');
  if (!pid || !/^[1-9]\d*$/.test(pid) || start === undefined || boot === undefined) return undefined;
  return { pid: Number(pid), start, boot };
}

/** Whether that very process runs; one that has ended and is not yet reaped does not. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.start === '-') return signal(identity.pid, 0);
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  if (boot.trim() !== identity.boot) return false;
  const stat = await readFile(`/proc/${String(identity.pid)}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return false;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] !== 'Z' && fields[19] === identity.start;
}

/** Sends a signal to a process, or to a group when negative; false when there is none. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    throw error;
  }
}
