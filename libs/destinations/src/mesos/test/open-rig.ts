import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface MesosRig {
  readonly master: string;
  /** Names of all tasks that the master remembers. */
  tasks(): Promise<string[]>;
  close(): Promise<void>;
}

const HOME = fileURLToPath(new URL('../../../../../tools/rig/mesos/', import.meta.url));

/** What this machine lacks for the rig, in words; undefined when nothing. */
export function missingForMesosRig(): string | undefined {
  if (existsSync(`${HOME}build/mesos-local`)) return undefined;
  const built = spawnSync(`${HOME}fetch-and-build.sh`, { encoding: 'utf8' });
  return built.status === 0 ? undefined : `its master is not built: ${built.stderr.trim().slice(-200)}`;
}

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
