import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A process of Mesos; `start` brings a killed one back on its port and folder. */
export interface MesosProcess {
  readonly url: string;
  kill(): Promise<void>;
  start(): void;
  signal(signal: NodeJS.Signals): void;
}

/** A real master and two agents, each a process that can be killed. The agents' own masters are standbys, which answer 307. */
export interface Cluster {
  readonly master: MesosProcess;
  readonly agents: readonly MesosProcess[];
  readonly folder: string;
  /** Resolves when the master leads, and as many agents are registered. */
  ready(agents: number): Promise<void>;
  close(): Promise<void>;
}

interface Rig {
  start(options: object): ChildProcess & { readonly url: string };
  stop(child: ChildProcess): Promise<void>;
  sweep(work: string): number;
  freePort(): Promise<number>;
  ready(url: string, agents: number, ms: number): Promise<unknown>;
}

const PATIENCE_MS = 60_000;

export async function openCluster(): Promise<Cluster> {
  const rig = (await import(join(import.meta.dirname, '../../../../../tools/rig/mesos/rig.mjs'))) as Rig;
  const folder = await mkdtemp(join(tmpdir(), 'taskflow-mesos-'));
  const open = async (name: string, given: object): Promise<MesosProcess> => {
    const options = { ...given, work: join(folder, name), port: await rig.freePort() };
    let child = rig.start(options);
    return {
      url: child.url,
      kill: () => rig.stop(child),
      start: () => void (child = rig.start(options)),
      signal: (signal) => void child.kill(signal),
    };
  };
  const master = await open('master', {});
  const leader = new URL(master.url).host;
  const agents = [await open('agent-1', { agents: 1, leader }), await open('agent-2', { agents: 1, leader })];
  const ready = async (count: number): Promise<void> => void (await rig.ready(master.url, count, PATIENCE_MS));
  await ready(agents.length);
  return {
    master,
    agents,
    folder,
    ready,
    async close() {
      await Promise.all([master, ...agents].map((one) => one.kill()));
      rig.sweep(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}
