import { userInfo } from 'node:os';
import { openMesosRig } from '@taskflow/destinations/rig/mesos';
import { describePair } from './test/describe-pair.js';

describePair(
  'mesos',
  async () => {
    const rig = await openMesosRig();
    const user = userInfo().username;
    return {
      well: { user, masters: [rig.master] },
      broken: { user, masters: ['http://127.0.0.1:1'] },
      close: () => rig.close(),
    };
  },
  /127\.0\.0\.1:1|fetch failed|not subscribed/,
);
