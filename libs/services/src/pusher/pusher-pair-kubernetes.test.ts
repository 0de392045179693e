import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openKubernetesRig } from '@taskflow/destinations/rig/kubernetes';
import { describePair } from './test/describe-pair.js';

describePair(
  'kubernetes',
  async (folder) => {
    const rig = await openKubernetesRig();
    const { kubeconfig, namespace } = rig;
    const stale = join(folder, 'stale');
    await writeFile(stale, (await readFile(kubeconfig, 'utf8')).replace('taskflow-token', 'old-token'));
    const place = { namespace, pod_template: { spec: { containers: [{ name: 'main', image: 'none' }] } } };
    return {
      well: { ...place, kubeconfig },
      broken: { ...place, kubeconfig: stale },
      close: () => rig.close(),
    };
  },
  /Unauthorized/,
);
