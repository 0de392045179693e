import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface MesosRig {
  readonly master: string;
  /** Names of all tasks that the master remembers. */
  tasks(): Promise<string[]>;
  close(): Promise<void>;
}

const HOME = fileURLToPath(new URL('../../../../../tools/rig/mesos/', import.meta.url));

/** A real master with two agents, whose tasks are processes of this machine. */
export async function openMesosRig(): Promise<MesosRig> {
  const child = spawn(`${HOME}start.sh`, ['-a', '2'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let master: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    const [word, url] = line.split(' ');
    if (word !== 'ready') continue;
    master = url;
    break;
  }
  if (master === undefined) throw new Error(`the rig did not start (exit code ${String(child.exitCode)})`);
  const address = master;
  return {
    master: address,
    tasks: async () => {
      const answer = await fetch(`${address}/master/tasks?limit=100000`);
      const { tasks = [] } = (await answer.json()) as { tasks?: { id: string }[] };
      return tasks.map((task) => task.id);
    },
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
