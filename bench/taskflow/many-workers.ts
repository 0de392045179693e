// Several workers in one process, each with a session of its own: node many-workers.ts ADDRESS COUNT (TASKFLOW_TOKEN)
import { worker } from '@taskflow/sdk';
import { tell } from '../peer/tally.ts';
import { noop } from './tasks.ts';

const [address = '', count = '1'] = process.argv.slice(2);
const workers = Array.from({ length: Number(count) }, () =>
  worker({ address, tasks: [noop], register: false, slots: 10, prefetch: 200, signals: false }),
);
process.once('SIGTERM', () => void Promise.all(workers.map((one) => one.stop())).then(() => process.exit()));
await Promise.all(workers.map((one) => one.start()));
tell({ kind: 'ready' });
