import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * A process beside the worker that ends the commands of a worker that was killed: it knows their process groups, and a pipe
 * from the worker closes when the worker is gone, however it went.
 */
export interface Guard {
  /** Before the command of this group begins. */
  watch(group: number, directory: string): void;
  unwatch(group: number): void;
  stop(): void;
}

/** Reads `+ GROUP DIRECTORY` and `- GROUP`; at the end of input TERM, five seconds, KILL, and the directories go. */
const SCRIPT = `
trap '' TERM INT HUP
declare -A directory
while read -r sign group path; do
  if [[ $sign == + ]]; then directory[$group]=$path; else unset "directory[$group]"; fi
done
alive() { for group in "\${!directory[@]}"; do kill -0 -- "-$group" 2>/dev/null && return; done; return 1; }
for group in "\${!directory[@]}"; do kill -TERM -- "-$group" 2>/dev/null; done
for ((i = 0; i < 50; i++)); do alive || break; sleep 0.1; done
for group in "\${!directory[@]}"; do kill -KILL -- "-$group" 2>/dev/null; rm -rf -- "\${directory[$group]}"; done
`;

export function createGuard(path: string): Guard {
  const watched = new Map<number, string>();
  let guard: ChildProcess | undefined;

  const input = (): Writable | null => {
    if (guard) return guard.stdin;
    // A session of its own: Ctrl-C in the worker's terminal must not reach it.
    const started = spawn('bash', ['-c', SCRIPT, 'taskflow-guard'], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: path },
      cwd: '/',
    });
    const gone = (): void => {
      if (guard !== started) return;
      guard = undefined;
      if (watched.size > 0) for (const [group, directory] of watched) tell(`+ ${group} ${directory}\n`);
    };
    started.on('exit', gone);
    // Without bash no command starts either, and that is reported there.
    started.on('error', () => (guard = undefined));
    started.stdin?.on('error', gone);
    started.unref();
    guard = started;
    return started.stdin;
  };
  const tell = (line: string): void => void input()?.write(line);

  return {
    watch(group, directory) {
      watched.set(group, directory);
      tell(`+ ${group} ${directory}\n`);
    },
    unwatch(group) {
      if (watched.delete(group)) tell(`- ${group}\n`);
    },
    stop() {
      const last = guard;
      guard = undefined;
      watched.clear();
      last?.stdin?.end();
    },
  };
}
