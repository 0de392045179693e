import { readFileSync, readdirSync } from 'node:fs';

/** Of Linux on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  /** Of the process itself, in microseconds. */
  readonly own: number;
  /** Of its children that have ended. */
  readonly ended: number;
}

/** CPU time of a process and of all below it, those that have ended too, in microseconds; 0 for one that is gone. */
export function cpuTime(pid: number): number {
  const all = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    if (stat) all.set(Number(name), stat);
  }
  const root = all.get(pid);
  if (!root) return 0;
  let total = root.own + root.ended;
  for (const [child, stat] of all) if (stat.parent === pid && child !== pid) total += stat.own + stat.ended;
  return total;
}

function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name in parentheses may hold spaces; the fields after it start with the third, the state.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const micros = (from: number): number => (((fields[from] ?? 0) + (fields[from + 1] ?? 0)) * 1e6) / TICKS_PER_SECOND;
  return { parent: fields[1] ?? 0, own: micros(11), ended: micros(13) };
}

/** Resident memory of a process, in MB. */
export function residentMemory(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}
