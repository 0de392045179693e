import { PUSH_FAULT_POINTS } from '@taskflow/engine';
import { processEnvironment } from '@taskflow/runtime';
import { openCrashBench, type CrashPlace } from './crash-bench.js';

export interface RemotePlace extends CrashPlace {
  close(): Promise<void>;
}

/** Kills at each point; TASKFLOW_TEST_KILLS asks for more of them. */
const KILLS = Number(processEnvironment()['TASKFLOW_TEST_KILLS'] ?? 1);
const INSTANCES = 3;

export const prefixOf = (deploymentId: string): string => `tf-${deploymentId.slice(0, 8)}-`;

/** O3 at a place that is not this machine: every attempt is one job, whenever the pusher dies. Needs jest. */
export function describeCrashes(kind: string, open: () => Promise<RemotePlace>): void {
  describe(`the pusher of a destination of kind ${kind}`, () => {
    let place: RemotePlace;
    beforeAll(async () => {
      place = await open();
    }, 180_000);
    afterAll(() => place.close());

    test(
      'is killed at every point, and submits every attempt once',
      async () => {
        const bench = await openCrashBench(() => place);
        try {
          let instances = 0;
          for (let round = 0; round < KILLS; round += 1) {
            for (const point of PUSH_FAULT_POINTS) {
              await bench.submit(INSTANCES);
              instances += INSTANCES;
              expect(await bench.startPusher(`${point}:${String((round % 3) + 1)}`).signal).toBe('SIGKILL');
            }
          }
          const last = bench.startPusher();
          await bench.allEnded();
          await last.stop();
          await bench.expectOneJobPerAttempt(instances);
        } finally {
          await bench.close();
        }
      },
      300_000 + KILLS * 120_000,
    );
  });
}
