import https from 'node:https';
import fs from 'node:fs';
import { pods } from './pod-status.mjs';

// The API server forwards pods/log here: /containerLogs/<namespace>/<pod>/<container>?follow=true&tailLines=…
export const logServer = https.createServer(
  { cert: fs.readFileSync(process.env.KUBELET_CERT), key: fs.readFileSync(process.env.KUBELET_KEY) },
  (req, res) => {
    const u = new URL(req.url, 'https://x'),
      [, what, ns, name, container] = u.pathname.split('/'),
      q = u.searchParams;
    const c =
      what === 'containerLogs' &&
      [...pods.values()]
        .filter((p) => p.ns === ns && p.name === name)
        .map((p) => p.main.get(container) ?? p.init.get(container))
        .pop();
    if (!c) return res.writeHead(404).end('no such container');
    let lines = c.log.flatMap(({ at, data }) =>
      data
        .toString()
        .split(/(?<=\n)/)
        .map((text) => ({ at, text })),
    );
    const since =
      q.get('sinceTime') ??
      (q.get('sinceSeconds') && new Date(Date.now() - q.get('sinceSeconds') * 1000).toISOString());
    if (since) lines = lines.filter((l) => l.at >= since);
    if (q.get('tailLines')) lines = +q.get('tailLines') ? lines.slice(-q.get('tailLines')) : [];
    const show = (l) => (q.get('timestamps') === 'true' ? `${l.at} ${l.text}` : l.text);
    const text = Buffer.from(lines.map(show).join(''));
    res
      .writeHead(200, { 'content-type': 'text/plain' })
      .write(q.get('limitBytes') ? text.subarray(0, +q.get('limitBytes')) : text);
    if (q.get('follow') !== 'true' || c.state.terminated) return res.end();
    const onLog = (l) => res.write(show({ at: l.at, text: l.data.toString() }));
    c.events.on('log', onLog).once('end', () => res.end());
    res.on('close', () => c.events.off('log', onLog));
  },
);
