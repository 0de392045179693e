// The life of a pod in the mini-kubelet: its containers one by one as local processes, their ends, its deletion.
import fs from 'node:fs';
import os from 'node:os';
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { api, now, say } from './api-client.mjs';
import { envOf, expand } from './container-env.mjs';
import { podPath, pods, report } from './pod-status.mjs';

async function execute(p, c) {
  const startedAt = now();
  const end = (exitCode, reason, more) => {
    // `terminated` as the kubelet reports it
    const message =
      exitCode && c.terminationMessagePolicy === 'FallbackToLogsOnError'
        ? Buffer.concat(c.log.slice(-80).map((l) => l.data))
            .subarray(-2048)
            .toString()
        : undefined;
    c.state = { terminated: { exitCode, reason, message, startedAt, finishedAt: now(), ...more } };
    c.events.emit('end');
  };
  let env;
  try {
    env = await envOf(p, c);
  } catch (e) {
    return end(128, 'StartError', { message: e.message });
  }
  const [cmd, ...args] = [...(c.command ?? []), ...(c.args ?? [])].map((s) => expand(s, env));
  if (!cmd || p.behaviour === 'starterror') return end(128, 'StartError', { message: 'no such command' });
  await new Promise((resolve) => {
    // detached: a process group of its own, so that the whole tree can be signalled
    const child = (c.child = spawn(cmd, args, {
      cwd: c.workingDir && fs.existsSync(c.workingDir) ? c.workingDir : os.tmpdir(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: os.tmpdir(), HOSTNAME: p.name, ...env },
    }));
    const kill = (s) => {
      try {
        process.kill(-child.pid, s);
      } catch {
        /* gone */
      }
    };
    c.kill = kill;
    for (const s of [child.stdout, child.stderr])
      s.on('data', (data) => {
        const l = { at: new Date().toISOString(), data };
        c.log.push(l);
        c.events.emit('log', l);
      });
    child.on('spawn', () => {
      c.state = { running: { startedAt } };
      if (p.main.has(c.name)) {
        p.phase = 'Running';
      }
      report(p);
      if (p.stopping) kill('SIGTERM');
      if (p.behaviour === 'oom') setTimeout(kill, 200, 'SIGKILL');
      if (p.behaviour === 'evict')
        setTimeout(
          () =>
            stop(p, 1, { reason: 'Evicted', message: 'The node was low on resource: memory.' }, [
              { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', lastTransitionTime: now() },
            ]),
          200,
        );
    });
    child.on('error', (e) => {
      end(128, 'StartError', { message: e.message });
      resolve();
    });
    child.on('exit', () => kill('SIGKILL')); // what the main process leaves behind dies with it
    child.on('close', (code, sig) => {
      if (!c.state.terminated)
        end(
          code ?? 128 + os.constants.signals[sig],
          p.behaviour === 'oom' && sig ? 'OOMKilled' : code === 0 ? 'Completed' : 'Error',
        );
      resolve();
    });
  });
}

async function run(p) {
  p.startTime = now();
  if (p.behaviour === 'hang') return; // the node says nothing at all
  if (p.behaviour === 'imagepull')
    for (const c of p.main.values())
      c.state = { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${c.image}"` } };
  report(p);
  if (p.behaviour === 'imagepull') return;
  const limit = p.pod.spec.activeDeadlineSeconds;
  const timer =
    limit &&
    setTimeout(
      () =>
        stop(p, 1, {
          reason: 'DeadlineExceeded',
          message: 'Pod was active on the node longer than the specified deadline',
        }),
      limit * 1000,
    );
  let ok = !p.stopping;
  for (const c of p.init.values())
    if (ok) {
      await execute(p, c);
      ok = c.state.terminated.exitCode === 0 && !p.stopping;
    }
  if (ok) await Promise.all([...p.main.values()].map((c) => execute(p, c)));
  clearTimeout(timer);
  finish(
    p,
    ok && !p.extra.reason && [...p.main.values()].every((c) => c.state.terminated.exitCode === 0)
      ? 'Succeeded'
      : 'Failed',
  );
}
function finish(p, phase) {
  p.phase = phase;
  p.done = true;
  report(p);
  if (p.deleting) remove(p);
}

function stop(p, grace, extra = {}, conditions) {
  // of a deletion, a deadline, an eviction
  if (p.done || p.stopping) return;
  p.stopping = true;
  Object.assign(p.extra, extra);
  p.extraConditions = conditions;
  const signal = (s) =>
    [...p.init.values(), ...p.main.values()].forEach((c) => {
      if (!c.state.terminated) c.kill?.(s);
    });
  signal('SIGTERM');
  setTimeout(signal, grace * 1000, 'SIGKILL');
  if (p.behaviour === 'hang' || p.behaviour === 'imagepull') finish(p, 'Failed'); // no process whose end would do it
}
// Without this last DELETE a pod stays Terminating for ever, and with it its Job in a foreground deletion.
function remove(p) {
  p.queue = p.queue
    .then(() =>
      api('DELETE', podPath(p), {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        gracePeriodSeconds: 0,
        preconditions: { uid: p.uid },
      }),
    )
    .catch((e) => {
      if (e.code !== 404 && e.code !== 409) say(e.message);
    });
}

export function onPod(type, pod) {
  const { uid, namespace: ns, name, deletionTimestamp, deletionGracePeriodSeconds: grace, annotations } = pod.metadata;
  let p = pods.get(uid);
  if (type === 'DELETED') {
    if (p) {
      stop(p, 0);
      pods.delete(uid);
    }
    return;
  }
  if (!p) {
    if (['Succeeded', 'Failed'].includes(pod.status.phase)) return;
    const entry = (c) => [
      c.name,
      {
        ...c,
        state: { waiting: { reason: pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating' } },
        log: [],
        events: new EventEmitter().setMaxListeners(0),
      },
    ];
    p = {
      uid,
      ns,
      name,
      pod,
      phase: 'Pending',
      extra: {},
      queue: Promise.resolve(),
      behaviour: annotations?.['test/behaviour'],
      init: new Map((pod.spec.initContainers ?? []).map(entry)),
      main: new Map(pod.spec.containers.map(entry)),
    };
    pods.set(uid, p);
    if (pod.status.phase === 'Running') {
      // ran under an earlier mini-kubelet: its processes are gone
      for (const c of p.main.values())
        c.state = {
          terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', startedAt: null, finishedAt: null },
        };
      p.deleting = !!deletionTimestamp;
      p.startTime = pod.status.startTime;
      return finish(p, 'Failed');
    }
    if (!deletionTimestamp) run(p);
    else {
      p.startTime = now();
      p.done = true;
      p.phase = 'Failed';
    }
  }
  if (deletionTimestamp && !p.deleting) {
    p.deleting = true;
    if (p.done) remove(p);
    else stop(p, grace ?? 30);
  }
}
