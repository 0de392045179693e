// A stand-in for the kubelet: registers a Node, then runs the containers of the pods bound to it as local
// processes. Images, volumes and probes are ignored; there is no isolation. For tests only. No dependencies.
// Environment: KUBECONFIG (JSON, as start.sh writes it; needs admin), NODE_NAME, KUBELET_CERT, KUBELET_KEY,
// KUBELET_PORT (0 = any), NODE_PODS (how many pods fit).
// Pod annotation test/behaviour: imagepull | hang | starterror | oom | evict
// Not done: volumes, probes, sidecars, restartPolicy other than Never, lifecycle hooks, exec, attach.
import { api, listWatch, MERGE, NODE, now, say, sleep } from './api-client.mjs';
import { logServer } from './log-server.mjs';
import { pods } from './pod-status.mjs';
import { onPod } from './run-pod.mjs';

async function main() {
  await new Promise((r) => logServer.listen(+(process.env.KUBELET_PORT ?? 0), '127.0.0.1', r));
  const resources = { cpu: '64', memory: '256Gi', 'ephemeral-storage': '1Ti', pods: process.env.NODE_PODS ?? '500' };
  const ready = () => ({
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: now(),
    lastTransitionTime: now(),
  });
  const status = {
    capacity: resources,
    allocatable: resources,
    conditions: [ready()],
    // no Hostname address: the API server would prefer it and look it up in DNS for pods/log
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: logServer.address().port } },
  };
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: NODE,
      labels: { 'kubernetes.io/hostname': NODE, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
    },
    status,
  };
  await api('POST', '/api/v1/nodes', node).catch((e) => {
    if (e.code !== 409) throw e;
  });
  await api('PATCH', `/api/v1/nodes/${NODE}/status`, { status }, MERGE);
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  const spec = () => ({
    holderIdentity: NODE,
    leaseDurationSeconds: 40,
    renewTime: new Date().toISOString().replace('Z', '000Z'),
  }); // MicroTime
  (async () => {
    for (; ; await sleep(2000))
      try {
        await api('PATCH', `${leases}/${NODE}`, { spec: spec() }, 'application/merge-patch+json').catch((e) => {
          if (e.code !== 404) throw e;
          return api('POST', leases, {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { name: NODE, namespace: 'kube-node-lease' },
            spec: spec(),
          });
        });
        await api(
          'PATCH',
          `/api/v1/nodes/${NODE}/status`,
          { status: { conditions: [{ ...ready(), lastTransitionTime: undefined }] } },
          MERGE,
        );
      } catch (e) {
        say(e.message);
      }
  })();
  say(`node ${NODE}, logs on port ${logServer.address().port}`);
  await listWatch(`/api/v1/pods?fieldSelector=spec.nodeName%3D${NODE}`, onPod, (present) => {
    for (const uid of pods.keys()) if (!present.has(uid)) onPod('DELETED', { metadata: { uid } });
  });
}
for (const s of ['SIGTERM', 'SIGINT'])
  process.on(s, () => {
    for (const p of pods.values())
      for (const c of [...p.init.values(), ...p.main.values()]) if (c.child && !c.state.terminated) c.kill('SIGKILL');
    process.exit(0);
  });
main().catch((e) => {
  say(e.stack);
  process.exit(1);
});
