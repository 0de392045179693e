// The environment of a container: values, fields of the pod, secrets and config maps.
import { api, NODE } from './api-client.mjs';

export async function envOf(p, c) {
  const m = p.pod.metadata,
    out = {};
  const object = async (kind, r) => (await api('GET', `/api/v1/namespaces/${p.ns}/${kind}/${r.name}`)).data ?? {};
  const b64 = (o) => Object.fromEntries(Object.entries(o).map(([k, v]) => [k, Buffer.from(v, 'base64').toString()]));
  for (const f of c.envFrom ?? [])
    for (const [k, v] of Object.entries(
      f.secretRef ? b64(await object('secrets', f.secretRef)) : await object('configmaps', f.configMapRef),
    ))
      out[(f.prefix ?? '') + k] = v;
  for (const { name, value, valueFrom: f } of c.env ?? []) {
    const key = f?.fieldRef?.fieldPath.match(/^metadata\.(labels|annotations)\['(.*)'\]$/);
    out[name] = f?.secretKeyRef
      ? b64(await object('secrets', f.secretKeyRef))[f.secretKeyRef.key]
      : f?.configMapKeyRef
        ? (await object('configmaps', f.configMapKeyRef))[f.configMapKeyRef.key]
        : key
          ? (m[key[1]]?.[key[2]] ?? '')
          : f?.fieldRef
            ? ({
                'metadata.name': m.name,
                'metadata.namespace': m.namespace,
                'metadata.uid': m.uid,
                'spec.nodeName': NODE,
                'status.podIP': '127.0.0.1',
                'status.hostIP': '127.0.0.1',
              }[f.fieldRef.fieldPath] ?? '')
            : expand(value ?? '', out);
  }
  return out;
}
export const expand = (s, env) => s.replace(/\$\(([A-Za-z_]\w*)\)/g, (all, k) => env[k] ?? all);
