import { openKubernetesRig } from '@taskflow/destinations/rig/kubernetes';
import { CROWD, describeCrowd, type CrowdPlace } from './test/describe-crowd.js';
import { prefixOf } from './test/describe-crashes.js';

async function open(): Promise<CrowdPlace> {
  const rig = await openKubernetesRig({ pods: CROWD + 500 });
  const { proxy, kubeconfig } = await rig.throughProxy();
  const { namespace } = rig;
  const pod_template = { spec: { containers: [{ name: 'main', image: 'none' }] } };
  return {
    settings: { kind: 'kubernetes', kubeconfig, namespace, pod_template },
    countJobs: async (id) => {
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
      const { items } = await rig.admin<{ items: { metadata: { name: string } }[] }>('GET', path);
      return items.filter(({ metadata }) => metadata.name.startsWith(prefixOf(id))).length;
    },
    calls: () => Promise.resolve(Object.fromEntries(proxy.counts)),
    async close() {
      await proxy.close();
      await rig.close();
    },
  };
}

describeCrowd('kubernetes', open);
