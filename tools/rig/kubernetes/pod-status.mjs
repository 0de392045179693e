// What the mini-kubelet tells the API server of its pods.
import { api, MERGE, now, say } from './api-client.mjs';

export const pods = new Map(); // uid -> what we run
export const podPath = (p) => `/api/v1/namespaces/${p.ns}/pods/${p.name}`;

function statusOf(p) {
  const all = [...p.main.values()],
    done = p.phase === 'Succeeded' || p.phase === 'Failed';
  const render = (m) =>
    [...m.values()].map((c) => ({
      name: c.name,
      image: c.image ?? '',
      imageID: '',
      restartCount: 0,
      containerID: `mini://${p.uid}/${c.name}`,
      started: !!c.state.running,
      ready: !!c.state.running || (m === p.init && c.state.terminated?.exitCode === 0),
      state: { ...c.state },
    }));
  const ready = p.phase === 'Running' && all.every((c) => c.state.running);
  const cond = (type, ok, extra) => ({ type, status: ok ? 'True' : 'False', lastTransitionTime: now(), ...extra });
  const why = done ? { reason: p.phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' } : {};
  return {
    phase: p.phase,
    hostIP: '127.0.0.1',
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    startTime: p.startTime,
    ...p.extra,
    conditions: [
      cond(
        'Initialized',
        [...p.init.values()].every((c) => c.state.terminated),
        why,
      ),
      cond('ContainersReady', ready, why),
      cond('Ready', ready, why),
      ...(p.extraConditions ?? []),
    ],
    containerStatuses: render(p.main),
    ...(p.init.size && { initContainerStatuses: render(p.init) }),
  };
}
// Patches of one pod go out in order, each with the state at the time of the call. The uid guards against a
// later pod of the same name (409).
export function report(p) {
  const body = { metadata: { uid: p.uid }, status: statusOf(p) };
  return (p.queue = p.queue
    .then(() => api('PATCH', `${podPath(p)}/status`, body, MERGE))
    .catch((e) => {
      if (e.code !== 404 && e.code !== 409) say(e.message);
    }));
}
