// Fault proxy between an AWS SDK client and a Batch server (plain HTTP), tests only.
//   TARGET=http://127.0.0.1:5000 PORT=0 [FAKE_DOCKER=http://127.0.0.1:2375] node fault-proxy.mjs
// Operation = last part of the path, lower case: submitjob, describejobs, listjobs, terminatejob, ... or '*'.
// Control:
//   POST   /_faults {"op":"submitjob","kind":"drop_after","times":1,"skip":0,"ms":0}   add one rule (first match wins)
//   GET    /_faults -> {"rules":[...],"counts":{op:{received,forwarded}},"log":[{t,op,kind,jobName,status}]}
//   DELETE /_faults -> forget rules, counts and log
// Kinds: drop_before   connection reset, not forwarded           drop_after    forwarded, then connection reset
//        delay_before  ms, then forward and answer               delay_after   forward, answer after ms
//        throttle      429 TooManyRequestsException, not forwarded
//        500_before    not forwarded                             500_after     forwarded, its answer replaced by a 500
//        garbage_after forwarded, answer cut in the middle of the JSON (200)
//        hang          never answered, not forwarded             deny          403 AccessDeniedException, not forwarded
//        expired       403 ExpiredTokenException, not forwarded  html_500      500 with a page of HTML, not forwarded
//        stale         ListJobs only: jobs younger than ms are left out of the answer
import http from 'node:http';

const target = new URL(process.env.TARGET ?? 'http://127.0.0.1:5000');
const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
let rules = [],
  counts = {},
  log = [];
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const error = (res, status, type, message) => {
  res.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-errortype': type,
    'x-amzn-requestid': 'fault-proxy',
  });
  res.end(JSON.stringify({ message }));
};
const forward = (req, body) =>
  new Promise((resolve, reject) => {
    const up = http.request(
      {
        host: target.hostname,
        port: target.port,
        method: req.method,
        path: req.url,
        agent,
        headers: { ...req.headers, connection: 'keep-alive' },
      },
      (r) => {
        const parts = [];
        r.on('data', (d) => parts.push(d));
        r.on('end', () => resolve({ status: r.statusCode, headers: r.headers, body: Buffer.concat(parts) }));
        r.on('error', reject);
      },
    );
    up.on('error', reject);
    up.end(body);
  });

const server = http.createServer(async (req, res) => {
  const parts = [];
  for await (const d of req) parts.push(d);
  const body = Buffer.concat(parts);
  if (req.url.startsWith('/_faults')) {
    if (req.method === 'POST') rules.push({ op: '*', times: 1, skip: 0, ms: 0, ...JSON.parse(body) });
    if (req.method === 'DELETE') {
      rules = [];
      counts = {};
      log = [];
    }
    res.writeHead(200, { 'content-type': 'application/json' });
    return res.end(JSON.stringify({ rules, counts, log }));
  }
  const op = req.url.split('?')[0].split('/').pop().toLowerCase(),
    n = (counts[op] ??= { received: 0, forwarded: 0 });
  n.received++;
  let rule = rules.find((r) => r.times > 0 && (r.op === '*' || r.op.toLowerCase() === op));
  if (rule?.skip > 0) {
    rule.skip--;
    rule = undefined;
  } else if (rule) rule.times--;
  const kind = rule?.kind,
    json = (b) => {
      try {
        return JSON.parse(b);
      } catch {
        return {};
      }
    };
  const entry = { t: Date.now(), op, kind, jobName: json(body).jobName };
  log.push(entry);
  if (log.length > 10000) log.shift();
  if (kind === 'drop_before') return req.socket.resetAndDestroy();
  if (kind === 'hang') return;
  if (kind === 'throttle') return error(res, 429, 'TooManyRequestsException', 'Too Many Requests');
  if (kind === 'deny') return error(res, 403, 'AccessDeniedException', 'not authorized');
  if (kind === 'expired')
    return error(res, 403, 'ExpiredTokenException', 'The security token included in the request is expired');
  if (kind === 'html_500')
    return res.writeHead(500, { 'content-type': 'text/html' }).end('<html><body>Internal Server Error</body></html>');
  if (kind === '500_before') return error(res, 500, 'ServerException', 'injected before forwarding');
  if (kind === 'delay_before') await sleep(rule.ms);
  let up;
  try {
    n.forwarded++;
    up = await forward(req, body);
    entry.status = up.status;
  } catch (e) {
    entry.status = e.code;
    return req.socket.resetAndDestroy();
  }
  if (op === 'terminatejob' && process.env.FAKE_DOCKER)
    fetch(`${process.env.FAKE_DOCKER}/_fake/poke?job=${encodeURIComponent(json(body).jobId)}`).catch(() => {});
  if (kind === 'drop_after') return req.socket.resetAndDestroy();
  if (kind === '500_after') return error(res, 500, 'ServerException', 'injected after forwarding');
  if (kind === 'delay_after') await sleep(rule.ms);
  if (kind === 'stale') {
    const j = json(up.body);
    j.jobSummaryList = j.jobSummaryList?.filter((s) => s.createdAt < Date.now() - rule.ms);
    up.body = Buffer.from(JSON.stringify(j));
  }
  if (kind === 'garbage_after') up.body = up.body.subarray(0, up.body.length >> 1);
  const headers = { ...up.headers, 'content-length': up.body.length };
  for (const h of ['connection', 'keep-alive', 'transfer-encoding']) delete headers[h];
  res.writeHead(up.status, headers);
  res.end(up.body);
});
server.keepAliveTimeout = 65000;
server.listen(Number(process.env.PORT ?? 0), process.env.HOST ?? '127.0.0.1', () =>
  console.log(JSON.stringify({ ready: 'fault-proxy', port: server.address().port })),
);
for (const s of ['SIGTERM', 'SIGINT']) process.on(s, () => process.exit(0));
