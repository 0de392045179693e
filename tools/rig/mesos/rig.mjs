// Starts and stops real Mesos processes. Plain Node, no packages.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdirSync, openSync, readFileSync, readdirSync, closeSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const build = process.env.MESOS_RIG_BUILD ?? join(dirname(fileURLToPath(import.meta.url)), 'build');
export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

export const freePort = () =>
  new Promise((resolve, reject) => {
    const s = createServer().once('error', reject);
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });

// Flags of master and agent share one name space; a process reads those it knows.
export const flags = {
  MESOS_ALLOCATION_INTERVAL: '100ms',
  MESOS_AGENT_PING_TIMEOUT: '1secs',
  MESOS_MAX_AGENT_PING_TIMEOUTS: '3',
  MESOS_REGISTRATION_BACKOFF_FACTOR: '10ms',
  MESOS_LAUNCHER: 'posix',
  MESOS_ISOLATION: 'posix/cpu,posix/mem',
  MESOS_SWITCH_USER: 'false',
  MESOS_SYSTEMD_ENABLE_SUPPORT: 'false',
  MESOS_HTTP_COMMAND_EXECUTOR: 'true',
  MESOS_RECOVERY_TIMEOUT: '1mins',
  MESOS_HOSTNAME: '127.0.0.1',
  MESOS_RESOURCES: 'cpus:8;mem:4096;disk:4096;ports:[31000-32000]',
};

// One process: agents 0 = a master alone; leader 'ip:port' = agents that follow it.
export function start({ work, port, agents = 0, leader, env = {}, log = join(work, 'log') }) {
  mkdirSync(work, { recursive: true });
  const fd = openSync(log, 'a');
  const args = ['--work-dir', work, '--agents', String(agents), ...(leader ? ['--leader', leader] : [])];
  const clean = Object.fromEntries(Object.entries(process.env).filter(([k]) => !/^(MESOS|LIBPROCESS)_/.test(k)));
  const child = spawn(join(build, 'mesos-local'), args, {
    env: {
      ...clean,
      ...flags,
      MESOS_LAUNCHER_DIR: join(build, 'libexec'),
      LIBPROCESS_IP: '127.0.0.1',
      LIBPROCESS_PORT: String(port),
      ...(leader ? { MESOS_REGISTRY: 'in_memory' } : {}),
      ...env,
    },
    stdio: ['ignore', fd, fd],
  });
  closeSync(fd);
  child.work = work;
  child.port = port;
  child.url = `http://127.0.0.1:${port}`;
  return child;
}

export const stop = (child, signal = 'SIGKILL') =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', resolve);
    child.kill(signal);
  });

// Executors outlive their agent (that is Mesos' recovery); end those of a work directory.
export function sweep(work) {
  let n = 0;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (
        readFileSync(`/proc/${entry}/environ`, 'utf8')
          .split('\0')
          .some((v) => v.startsWith(`MESOS_DIRECTORY=${work}/`)) &&
        readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes('executor.mjs')
      ) {
        process.kill(Number(entry), 'SIGTERM');
        n++;
      }
    } catch {
      /* gone or not ours */
    }
  }
  return n;
}

export async function until(probe, ms = 20000, what = 'condition', every = 50) {
  const end = Date.now() + ms;
  for (;;) {
    const v = await Promise.resolve()
      .then(probe)
      .catch(() => undefined);
    if (v) return v;
    if (Date.now() > end) throw new Error(`timeout: ${what}`);
    await sleep(every);
  }
}
export const json = async (url) => (await fetch(url)).json();
export const ready = (url, agents, ms) =>
  until(
    async () => {
      const s = await json(`${url}/master/state`);
      return s.elected_time && s.slaves.filter((a) => a.active).length >= agents && s;
    },
    ms,
    `master at ${url} with ${agents} agents`,
  );
