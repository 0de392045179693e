import { openKubernetesRig } from '@taskflow/destinations/rig/kubernetes';
import { describeCrashes, prefixOf, type RemotePlace } from './test/describe-crashes.js';

async function open(): Promise<RemotePlace> {
  const rig = await openKubernetesRig();
  const { kubeconfig, namespace } = rig;
  const pod_template = { spec: { containers: [{ name: 'main', image: 'none' }] } };
  return {
    settings: { kind: 'kubernetes', kubeconfig, namespace, pod_template },
    countJobs: async (id) => {
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
      const { items } = await rig.admin<{ items: { metadata: { name: string } }[] }>('GET', path);
      return items.filter(({ metadata }) => metadata.name.startsWith(prefixOf(id))).length;
    },
    close: () => rig.close(),
  };
}

describeCrashes('kubernetes', open);
