import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const COMMAND_LINE = join(import.meta.dirname, '../../apps/cli/bin/taskflow.mjs');

export interface ServiceProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

/** `taskflow serve NAME` in a process of its own, as a deployment runs it; resolves when it has started. */
export async function startService(name: 'api' | 'scheduler', env: Record<string, string>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [COMMAND_LINE, 'serve', name], {
    env: { ...process.env, TASKFLOW_LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[];
  if (typeof message !== 'object' || message === null) throw new Error(`taskflow serve ${name} has ended.`);
  return {
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
