import { userInfo } from 'node:os';
import { openMesosRig } from '@taskflow/destinations/rig/mesos';
import { describeCrashes, prefixOf, type RemotePlace } from './test/describe-crashes.js';

async function open(): Promise<RemotePlace> {
  const rig = await openMesosRig();
  const kept = { submit_timeout: '5s', ambiguity_window: '5s' };
  return {
    settings: { kind: 'mesos', masters: [rig.master], user: userInfo().username, ...kept },
    countJobs: async (id) => (await rig.tasks()).filter((name) => name.startsWith(prefixOf(id))).length,
    close: () => rig.close(),
  };
}

describeCrashes('mesos', open);
