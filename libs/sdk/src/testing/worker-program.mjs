// A worker as a user's own program runs it: node worker-program.mjs ADDRESS [OPTIONS as JSON]
import { task, worker } from '../../dist/index.js';

const [address, options = '{}'] = process.argv.slice(2);

const block = task({
  name: 'block',
  run: (_context, params) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, params.ms);
    return 'done';
  },
});

await worker({ address, tasks: [block], ...JSON.parse(options) }).run();
