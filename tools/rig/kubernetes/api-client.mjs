// Requests of the mini-kubelet to the API server, as its administrator.
import https from 'node:https';
import fs from 'node:fs';

const kc = JSON.parse(fs.readFileSync(process.env.KUBECONFIG, 'utf8'));
const { server, 'certificate-authority': caFile } = kc.clusters[0].cluster;
export const NODE = process.env.NODE_NAME ?? 'mini-1';
const auth = { authorization: `Bearer ${kc.users[0].user.token}` };
const agent = new https.Agent({ keepAlive: true, maxSockets: 16, ca: fs.readFileSync(caFile) });
const watchAgent = new https.Agent({ ca: fs.readFileSync(caFile) });
export const MERGE = 'application/strategic-merge-patch+json'; // merges conditions by type, as the kubelet does
export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
export const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z'); // metav1.Time takes whole seconds
export const say = (...a) => console.error(now(), 'mini-kubelet:', ...a);

function call(method, path, body, type = 'application/json') {
  return new Promise((resolve, reject) => {
    const data = body && JSON.stringify(body);
    const r = https.request(
      server + path,
      {
        method,
        agent,
        timeout: 30000,
        headers: {
          ...auth,
          accept: 'application/json',
          ...(data && { 'content-type': type, 'content-length': Buffer.byteLength(data) }),
        },
      },
      (res) => {
        let s = '';
        res.setEncoding('utf8');
        res
          .on('data', (d) => (s += d))
          .on('error', reject)
          .on('end', () => {
            if (res.statusCode < 300) return resolve(JSON.parse(s));
            reject(
              Object.assign(new Error(`${method} ${path}: ${res.statusCode} ${s.slice(0, 300)}`), {
                code: res.statusCode,
              }),
            );
          });
      },
    );
    r.on('timeout', () => r.destroy(new Error('timeout')))
      .on('error', reject)
      .end(data);
  });
}
// Client errors are final; everything else (server restarting, 429, 5xx) is tried again.
export async function api(...a) {
  for (let n = 0; ; n++)
    try {
      return await call(...a);
    } catch (e) {
      if ((e.code >= 400 && e.code < 500 && e.code !== 429) || n > 100) throw e;
      await sleep(Math.min(100 * 2 ** n, 2000));
    }
}

// List, then watch from the list's resourceVersion; list again when the watch cannot go on (410, errors).
export async function listWatch(path, onObject, onList) {
  for (;;) {
    const list = await api('GET', path);
    onList(new Set(list.items.map((o) => o.metadata.uid)));
    list.items.forEach((o) => onObject('ADDED', o));
    for (let rv = list.metadata.resourceVersion; rv;)
      rv = await new Promise((resolve) => {
        let last = rv,
          buf = '';
        const r = https
          .get(
            `${server}${path}&watch=1&allowWatchBookmarks=true&resourceVersion=${rv}`,
            { agent: watchAgent, headers: auth },
            (res) => {
              if (res.statusCode !== 200) {
                res.resume();
                return resolve(null);
              }
              res
                .setEncoding('utf8')
                .on('data', (d) => {
                  const lines = (buf + d).split('\n');
                  buf = lines.pop();
                  for (const l of lines) {
                    const { type, object } = JSON.parse(l);
                    if (type === 'ERROR') {
                      last = null;
                      return r.destroy();
                    }
                    last = object.metadata.resourceVersion;
                    if (type !== 'BOOKMARK') onObject(type, object);
                  }
                })
                .on('close', () => resolve(last))
                .on('error', () => {});
            },
          )
          .on('error', () => resolve(null));
      });
    await sleep(200);
  }
}
