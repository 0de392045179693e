// A container of fake-docker.mjs: a command as a local child process, with its log and its end.
import { spawn } from 'node:child_process';

export const num = (name, dflt) => Number(process.env[name] ?? dflt);
const GRACE = num('FAKE_DOCKER_GRACE_MS', 2000),
  MAX = num('FAKE_DOCKER_MAX_PROCS', 0);
const ENTRY = JSON.parse(process.env.FAKE_DOCKER_ENTRYPOINTS ?? '{}');
const LOG_CAP = 1 << 20;
export const containers = new Map();
const waiting = [];
export const count = { live: 0, running: 0, waiting: () => waiting.length };

export function launch(c) {
  if (MAX && count.live >= MAX) {
    waiting.push(c);
    return;
  }
  count.live++;
  const env = {};
  for (const k of ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZ']) if (process.env[k]) env[k] = process.env[k];
  for (const kv of c.spec.Env ?? []) {
    const i = kv.indexOf('=');
    if (i > 0) env[kv.slice(0, i)] = kv.slice(i + 1);
  }
  if (env.AWS_BATCH_JOB_ID) {
    // variables AWS Batch sets and moto does not
    env.AWS_BATCH_JOB_ATTEMPT ??= '1';
    const index = env.AWS_BATCH_JOB_ID.split(':')[1];
    if (index !== undefined) env.AWS_BATCH_JOB_ARRAY_INDEX ??= index;
  }
  const [cmd, ...args] = [...(ENTRY[c.spec.Image] ?? []), ...[c.spec.Cmd ?? []].flat()];
  c.spawnedAt = Date.now();
  let over = false;
  const end = (code, signal) => {
    if (over) return;
    over = true;
    count.live--;
    const n = { SIGHUP: 1, SIGINT: 2, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }[signal];
    finish(c, code ?? 128 + (n ?? 0));
    if (waiting.length) launch(waiting.shift());
  };
  try {
    c.child = spawn(cmd, args, {
      env,
      cwd: process.env.FAKE_DOCKER_CWD || process.cwd(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (e) {
    note(c, 2, e.message);
    return end(127);
  }
  c.child.on('error', (e) => {
    note(c, 2, e.message);
    end(127);
  });
  c.child.on('exit', () => sig(c, 'SIGKILL')); // what the main process left behind ends with it
  c.child.on('close', end); // exited and output read
  c.child.stdout.on('data', (d) => feed(c, 1, d));
  c.child.stderr.on('data', (d) => feed(c, 2, d));
}
function feed(c, stream, data) {
  const lines = ((c.part[stream] ?? '') + data).split('\n');
  c.part[stream] = lines.pop();
  for (const l of lines) note(c, stream, l);
}
function note(c, stream, line) {
  if ((c.size += line.length) > LOG_CAP) return;
  c.log.push({ stream, t: Date.now(), text: `${new Date().toISOString().replace('Z', '000000Z')} ${line}\n` });
}
function finish(c, code) {
  if (c.state !== 'running') return;
  for (const s of [1, 2]) if (c.part[s]) note(c, s, c.part[s]);
  count.running--;
  c.state = 'exited';
  c.code = code;
  c.finishedAt = Date.now();
  for (const f of c.waiters.splice(0)) f();
}
export const poked = (c) =>
  new Promise((r) => {
    c.poke = r;
  });
export const ended = (c) => (c.state !== 'running' ? Promise.resolve() : new Promise((r) => c.waiters.push(r)));
export const sig = (c, s) => {
  try {
    process.kill(s === 'SIGKILL' ? -c.child.pid : c.child.pid, s);
  } catch {
    /* gone */
  }
}; // as Docker: signals go to the main process, the end to all
export async function kill(c, signal) {
  if (c.state !== 'running') return;
  if (!c.child) {
    const i = waiting.indexOf(c);
    if (i >= 0) waiting.splice(i, 1);
    return finish(c, 137);
  }
  if (signal && signal !== 'SIGKILL') return sig(c, signal);
  if (GRACE) {
    sig(c, 'SIGTERM');
    await Promise.race([ended(c), new Promise((r) => setTimeout(r, GRACE))]);
  }
  sig(c, 'SIGKILL');
  await ended(c);
}
export const inspect = (c) => ({
  Id: c.id,
  Name: '/' + c.name,
  Image: c.spec.Image,
  Config: { Tty: false, Image: c.spec.Image, Cmd: c.spec.Cmd, Env: c.spec.Env },
  State: { Status: c.state, Running: c.state === 'running', ExitCode: c.code ?? 0 },
  NetworkSettings: { IPAddress: '127.0.0.1', Networks: {} },
});
