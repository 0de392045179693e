import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PUSH_FAULT_POINTS } from '@taskflow/engine';
import { openCrashBench, type CrashBench } from './test/crash-bench.js';

let bench: CrashBench;
beforeEach(async () => {
  bench = await openCrashBench((folder) => ({
    settings: { kind: 'local', directory: 'jobs' },
    countJobs: async () => (await readdir(join(folder, 'jobs'))).length,
  }));
});
afterEach(() => bench.close());

test.each(PUSH_FAULT_POINTS)(
  'O3: killed when it has %s, again and again, it submits every attempt once',
  async (point) => {
    const kills = [1, 2, 2, 3];
    for (const time of kills) {
      await bench.submit(4);
      expect(await bench.startPusher(`${point}:${String(time)}`).signal).toBe('SIGKILL');
    }
    const last = bench.startPusher();
    await bench.allEnded();
    await last.stop();
    await bench.expectOneJobPerAttempt(4 * kills.length);
  },
  150_000,
);

test('two pushers compete while one after the other is killed: every attempt is one job', async () => {
  await bench.submit(20);
  const doomed = PUSH_FAULT_POINTS.map((point) => bench.startPusher(`${point}:2`));
  const survivor = bench.startPusher();
  await bench.allEnded();
  await survivor.stop();
  await Promise.all(doomed.map((pusher) => pusher.stop()));
  await bench.expectOneJobPerAttempt(20);
}, 150_000);
