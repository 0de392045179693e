import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { cutText } from '../worker/log-lines.js';
import type { RunEnd } from '../worker/run.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** What an exit other than 0 means. `tail` is the end of standard error. */
export function endOfExit(exit: Exit, tail: string, outOfMemory: boolean): RunEnd {
  const number = exit.signal === null ? 0 : constants.signals[exit.signal];
  const exitCode = exit.signal === null ? (exit.code ?? 1) : 128 + number;
  const detail = tail === '' ? '' : `: ${tail}`;
  const failed = (reason: string, what: string): RunEnd => {
    return { outcome: 'failed', reason, exitCode, message: cutText(`${what}${detail}`, 8 * 1024) };
  };
  if (outOfMemory && exitCode === 137) return failed('OOM', 'was killed because memory ran out');
  if (exit.signal !== null) return failed('SIGNAL', `was ended by ${exit.signal}`);
  const signal = exitCode > 128 ? SIGNALS.get(exitCode - 128) : undefined;
  return failed('EXIT_CODE', `exit code ${exitCode}${signal === undefined ? '' : ` (${signal})`}`);
}

/** Tells whether the kernel has killed something in this control group for want of memory since the last call. */
export function createOomWatch(file = '/sys/fs/cgroup/memory.events'): () => boolean {
  const count = (): number => {
    try {
      return Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
    } catch {
      return 0;
    }
  };
  let before = count();
  return () => {
    const now = count();
    const more = now > before;
    before = now;
    return more;
  };
}
