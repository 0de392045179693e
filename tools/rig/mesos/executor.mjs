// Stand-in for mesos-executor (the command executor, a program the package
// lacks): v1 executor HTTP API in JSON towards the real agent. One task.
import http from 'node:http';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';

const env = process.env;
const [, id, host, port] = /^(.+)@(.+):(\d+)$/.exec(env.MESOS_SLAVE_PID);
const who = { framework_id: { value: env.MESOS_FRAMEWORK_ID }, executor_id: { value: env.MESOS_EXECUTOR_ID } };
const log = (...a) => console.error(new Date().toISOString(), ...a);
const seconds = (text, other) => {
  // stout durations: 5secs, 1mins, 15mins
  const m = /^([\d.]+)(ms|secs|mins|hrs|days|weeks)$/.exec(text ?? '');
  return m ? m[1] * { ms: 0.001, secs: 1, mins: 60, hrs: 3600, days: 86400, weeks: 604800 }[m[2]] : other;
};
const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
if (env.MESOS_EXECUTOR_AUTHENTICATION_TOKEN)
  headers.Authorization = `Bearer ${env.MESOS_EXECUTOR_AUTHENTICATION_TOKEN}`;
const keep = new http.Agent({ keepAlive: true, maxSockets: 1 }); // one connection keeps the calls in order

function post(call, agent, onResponse) {
  const req = http.request({ host, port, path: `/${id}/api/v1/executor`, method: 'POST', headers, agent }, onResponse);
  req.end(JSON.stringify({ ...who, ...call }));
  return req;
}

let task,
  framework,
  child,
  subscribed = false,
  everSubscribed = false,
  stopping = false,
  lostAt;
let launchedTaskAcked = false,
  killed = false,
  timedOut = false,
  ended = false,
  killTimer,
  killDeadline,
  completion;
const unacked = new Map(); // uuid -> update, in order

function update(state, extra = {}) {
  const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64'); // the agent checks the form
  const status = {
    task_id: task.task_id,
    state,
    uuid,
    source: 'SOURCE_EXECUTOR',
    executor_id: who.executor_id,
    timestamp: Date.now() / 1000,
    ...extra,
  };
  unacked.set(uuid, { status });
  if (subscribed) send({ status });
}
function send(u) {
  post({ type: 'UPDATE', update: u }, keep, (res) => {
    res.on('data', (d) => {
      if (res.statusCode !== 202) log('UPDATE answered', res.statusCode, d.toString());
    });
    // an agent that recovers takes subscriptions before it takes updates
    if (res.statusCode === 503) setTimeout(() => subscribed && unacked.has(u.status.uuid) && send(u), 200);
  }).on('error', (e) => log('UPDATE', e.message)); // the next SUBSCRIBE carries it
}

function subscribe() {
  const unacknowledged_tasks = task && !launchedTaskAcked ? [task] : [];
  const unacknowledged_updates = [...unacked.values()];
  const req = post({ type: 'SUBSCRIBE', subscribe: { unacknowledged_tasks, unacknowledged_updates } }, false, (res) => {
    if (res.statusCode !== 200) {
      res.resume();
      log('SUBSCRIBE answered', res.statusCode);
      return res.on('end', lost);
    }
    let buffer = Buffer.alloc(0);
    res.on('data', (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      for (let nl; (nl = buffer.indexOf(10)) >= 0;) {
        const length = Number(buffer.subarray(0, nl).toString());
        if (buffer.length < nl + 1 + length) break;
        const event = JSON.parse(buffer.subarray(nl + 1, nl + 1 + length).toString());
        buffer = buffer.subarray(nl + 1 + length);
        received(event);
      }
    });
    res.on('close', lost);
  });
  req.on('error', lost);
}
let retry;
function lost(e) {
  if (subscribed || !lostAt) {
    lostAt = Date.now();
    log('disconnected', e?.message ?? '');
  }
  subscribed = false;
  const giveUp = seconds(env.MESOS_RECOVERY_TIMEOUT, 900) * 1000;
  if (everSubscribed && (env.MESOS_CHECKPOINT !== '1' || Date.now() - lostAt > giveUp)) return shutdown();
  clearTimeout(retry);
  retry = setTimeout(subscribe, Math.random() * Math.min(1, seconds(env.MESOS_SUBSCRIPTION_BACKOFF_MAX, 1)) * 1000);
}

function received(event) {
  if (event.type !== 'HEARTBEAT') log('event', event.type);
  if (event.type === 'SUBSCRIBED') {
    subscribed = everSubscribed = true;
    lostAt = undefined;
    framework = event.subscribed.framework_info;
  } else if (event.type === 'LAUNCH') launch(event.launch.task);
  else if (event.type === 'KILL') kill(grace(event.kill.kill_policy) ?? grace(task?.kill_policy) ?? 3);
  else if (event.type === 'SHUTDOWN') shutdown();
  else if (event.type === 'ACKNOWLEDGED') {
    const u = unacked.get(event.acknowledged.uuid);
    unacked.delete(event.acknowledged.uuid);
    launchedTaskAcked = true;
    if (u && /FINISHED|FAILED|KILLED|ERROR/.test(u.status.state)) process.exit(0);
  } else if (event.type === 'ERROR') log(event.error.message);
}
const grace = (policy) => policy?.grace_period && Number(policy.grace_period.nanoseconds) / 1e9;

function launch(t) {
  if (task) return log('a second task is refused');
  task = t;
  update('TASK_STARTING');
  const c = t.command,
    vars = {};
  for (const v of c.environment?.variables ?? []) if (v.type !== 'SECRET') vars[v.name] = v.value;
  vars.MESOS_ALLOCATION_ROLE = t.resources?.[0]?.allocation_info?.role ?? '*';
  const [file, args, argv0] =
    c.shell === false ? [c.value, (c.arguments ?? []).slice(1), c.arguments?.[0]] : ['/bin/sh', ['-c', c.value], 'sh'];
  child = spawn(file, args, {
    argv0,
    env: { ...env, ...vars },
    cwd: process.cwd(),
    detached: true,
    stdio: ['ignore', 1, 2],
  });
  child.on('error', (e) => {
    log('exec', e.message);
    reaped(1, null);
  });
  child.on('exit', reaped);
  const limit = Number(t.max_completion_time?.nanoseconds ?? 0) / 1e6;
  if (limit > 0)
    completion = setTimeout(() => {
      timedOut = true;
      kill(0);
    }, limit);
  if (child.pid) update('TASK_RUNNING');
}

function signal(name) {
  try {
    process.kill(-child.pid, name);
  } catch (e) {
    log(name, e.message);
  }
}
function kill(after) {
  clearTimeout(completion);
  if (!child || ended) return;
  const deadline = Date.now() + after * 1000;
  if (killed && deadline >= killDeadline) return; // a grace period may only shrink
  clearTimeout(killTimer);
  if (!killed) {
    if (!timedOut && framework.capabilities?.some((x) => x.type === 'TASK_KILLING_STATE')) update('TASK_KILLING');
    signal('SIGTERM');
  }
  killed = true;
  killDeadline = deadline;
  killTimer = setTimeout(() => signal('SIGKILL'), after * 1000);
}
function shutdown() {
  if (stopping) return;
  stopping = true;
  if (!child || ended) process.exit(0);
  kill(Math.max(0, seconds(env.MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD, 5) - 2));
}

const words = {
  SIGTERM: 'Terminated',
  SIGKILL: 'Killed',
  SIGINT: 'Interrupt',
  SIGHUP: 'Hangup',
  SIGABRT: 'Aborted',
  SIGSEGV: 'Segmentation fault',
};
function reaped(code, sig) {
  if (ended) return;
  ended = true;
  clearTimeout(killTimer);
  clearTimeout(completion);
  const message = sig
    ? `Command terminated with signal ${words[sig] ?? constants.signals[sig]}`
    : `Command exited with status ${code}`;
  log(message);
  if (timedOut) update('TASK_FAILED', { message, reason: 'REASON_MAX_COMPLETION_TIME_REACHED' });
  else update(killed ? 'TASK_KILLED' : code === 0 && !sig ? 'TASK_FINISHED' : 'TASK_FAILED', { message });
  setTimeout(() => process.exit(1), stopping && !subscribed ? 1000 : 60000); // no acknowledgement came
}

// Not Mesos: the rig's way to clear away what a killed agent left behind.
process.on('SIGTERM', () => {
  if (child && !ended) signal('SIGKILL');
  process.exit(143);
});
subscribe();
