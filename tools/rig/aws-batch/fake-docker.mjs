// Fake Docker Engine, tests only: runs a container's Cmd with its Env as a local child process.
// No isolation whatsoever. Just what docker-py needs for create/start/inspect/logs/wait/kill/remove.
// Settings (environment):
//   PORT (0 = any free)          HOST (127.0.0.1)
//   FAKE_DOCKER_GRACE_MS (2000)  kill = SIGTERM, then SIGKILL after this; 0 = SIGKILL at once
//   FAKE_DOCKER_POLL_MS (20)     above 50 running containers an inspect is held n_running * this (max 45 s), see README
//   FAKE_DOCKER_MAX_PROCS (0)    cap on real processes; further containers wait while reported as running
//   FAKE_DOCKER_CWD              working directory of the children (default: cwd)
//   FAKE_DOCKER_ENTRYPOINTS      JSON {"image": ["node", "/abs/cli.js"]}; put before Cmd
// Test control: GET /_fake/containers -> every container ever created, GET /_fake/stats,
// POST /_fake/poke?job=ID, POST /_fake/reset -> kill all and forget.
import http from 'node:http';
import { randomBytes } from 'node:crypto';
import { containers, count, ended, inspect, kill, launch, num, poked, sig } from './fake-container.mjs';

const POLL = num('FAKE_DOCKER_POLL_MS', 20);

const server = http.createServer(async (req, res) => {
  const send = (status, obj) => {
    const b = obj === undefined ? '' : JSON.stringify(obj);
    res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(b) });
    res.end(b);
  };
  const url = new URL(req.url, 'http://x'),
    path = url.pathname.replace(/^\/v\d+\.\d+/, '');
  let body = '';
  for await (const d of req) body += d;
  if (path === '/_ping') return send(200, 'OK');
  if (path === '/version')
    return send(200, { Version: '27.0.0', ApiVersion: '1.45', MinAPIVersion: '1.24', Os: 'linux', Arch: 'amd64' });
  if (path === '/_fake/containers')
    return send(
      200,
      [...containers.values()].map((c) => ({
        id: c.id,
        name: c.name,
        state: c.state,
        code: c.code,
        removed: c.removed,
        image: c.spec.Image,
        cmd: c.spec.Cmd,
        env: c.spec.Env,
        spawnedAt: c.spawnedAt,
        finishedAt: c.finishedAt,
      })),
    );
  if (path === '/_fake/stats')
    return send(200, {
      total: containers.size,
      running: count.running,
      live: count.live,
      waiting: count.waiting(),
      rss: process.memoryUsage().rss,
    });
  if (path === '/_fake/poke') {
    // ?job=<id>: let the held inspect of this Batch job return now
    for (const c of containers.values())
      if (c.name.endsWith(url.searchParams.get('job')?.replaceAll(':', '-'))) c.poke?.();
    return send(204);
  }
  if (path === '/_fake/reset') {
    await Promise.all([...containers.values()].map((c) => kill(c)));
    containers.clear();
    return send(204);
  }
  if (path === '/images/create') return send(404, { message: 'pull access denied: no such image' });
  if (path === '/containers/create') {
    const spec = JSON.parse(body);
    if (/^missing/.test(spec.Image)) return send(404, { message: `No such image: ${spec.Image}` });
    const c = {
      id: randomBytes(32).toString('hex'),
      name: url.searchParams.get('name') ?? '',
      spec,
      state: 'created',
      log: [],
      part: {},
      size: 0,
      waiters: [],
    };
    containers.set(c.id, c);
    return send(201, { Id: c.id, Warnings: [] });
  }
  const [, root, id, verb] = path.split('/'),
    c = root === 'containers' ? containers.get(id) : undefined;
  if (!c || c.removed) return send(404, { message: 'no such container or route' });
  if (req.method === 'DELETE') {
    c.removed = true;
    c.log = [];
    c.child = undefined;
    return send(204);
  }
  if (verb === 'start') {
    if (c.state === 'created') {
      c.state = 'running';
      count.running++;
      launch(c);
    }
    return send(204);
  }
  if (verb === 'json') {
    const hold = count.running > 50 ? Math.min(count.running * POLL, 45000) : 0;
    if (c.state === 'running' && c.started && hold) {
      let t;
      await Promise.race([
        ended(c),
        poked(c),
        new Promise((r) => {
          t = setTimeout(r, hold);
        }),
      ]);
      clearTimeout(t);
    }
    if (c.state === 'running') c.started = true; // the first inspect after start is answered at once
    return send(200, inspect(c));
  }
  if (verb === 'wait') {
    await ended(c);
    return send(200, { StatusCode: c.code ?? 0 });
  }
  if (verb === 'kill') {
    await kill(c, url.searchParams.get('signal'));
    return send(204);
  }
  if (verb === 'logs') {
    const want = (s) => ['1', 'true', 'True'].includes(url.searchParams.get(s === 1 ? 'stdout' : 'stderr'));
    const out = c.log
      .filter((l) => want(l.stream))
      .map((l) => {
        const b = Buffer.from(l.text),
          h = Buffer.alloc(8);
        h[0] = l.stream;
        h.writeUInt32BE(b.length, 4);
        return Buffer.concat([h, b]);
      });
    res.writeHead(200, { 'content-type': 'application/vnd.docker.multiplexed-stream' });
    return res.end(Buffer.concat(out));
  }
  send(404, { message: 'no such route: ' + path });
});
server.listen(num('PORT', 0), process.env.HOST ?? '127.0.0.1', () =>
  console.log(JSON.stringify({ ready: 'fake-docker', port: server.address().port })),
);
server.keepAliveTimeout = 0;
server.headersTimeout = 0;
server.requestTimeout = 0; // a starved client must not find its connection closed
const stop = () => {
  for (const c of containers.values()) if (c.state === 'running' && c.child) sig(c, 'SIGKILL');
  process.exit(0);
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
