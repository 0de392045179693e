import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Driver {
  /** Sends a command as one line of JSON; resolves when the process has answered with a line. */
  ask(command: object): Promise<string>;
  stop(): Promise<void>;
}

/** The submitting side of a peer that is not written in JavaScript: a process that does as it is told, line by line. */
export async function startDriver(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Driver> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((line: string) => void)[] = [];
  const next = (): Promise<string> => new Promise((resolve) => waiting.push(resolve));
  const started = next();
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  await Promise.race([
    started,
    once(child, 'exit').then(() => {
      throw new Error(`${command} ${args.join(' ')} has ended.`);
    }),
  ]);
  return {
    ask(order) {
      const answer = next();
      child.stdin.write(`${JSON.stringify(order)}\n`);
      return answer;
    },
    async stop() {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    },
  };
}
