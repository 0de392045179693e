import { randomUUID } from 'node:crypto';
import { systemClock, type JsonValue } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { setTimeout } from 'node:timers/promises';
import { describeConformance, type ConformanceTarget } from '../conformance/conformance.js';
import type { DestinationSeat, PushDestination } from '../destination.js';
import { createMesosDestination } from './mesos.js';
import { openMesosRig, type MesosRig } from './test/open-rig.js';

let rig: MesosRig;
beforeAll(async () => {
  rig = await openMesosRig();
}, 180_000);
afterAll(() => rig.close());

async function openTarget(): Promise<ConformanceTarget> {
  const deploymentId = randomUUID();
  let kept: JsonValue = null;
  const seat: DestinationSeat = {
    load: () => Promise.resolve(kept),
    save: (given) => Promise.resolve(void (kept = given)),
  };
  const open: PushDestination[] = [];
  const reopen = async (): Promise<PushDestination> => {
    const made = createMesosDestination({
      name: 'mesos',
      masters: [rig.master],
      user: 'root',
      roles: ['*'],
      resetFramework: false,
      clock: systemClock,
    });
    await made.start({ logger: silentLogger(), deploymentId });
    await made.hold?.(seat);
    while (!(await made.health()).ok) await setTimeout(20);
    open.push(made);
    return made;
  };
  const prefix = `tf-${deploymentId.slice(0, 8)}-`;
  return {
    deploymentId,
    destination: await reopen(),
    reopen,
    countJobs: async () => (await rig.tasks()).filter((name) => name.startsWith(prefix)).length,
    removeJob: async (ref) => open.at(-1)?.cleanup?.([ref], AbortSignal.timeout(5000)),
    async close() {
      const last = open.at(-1);
      const signal = AbortSignal.timeout(10_000);
      for await (const { ref, terminal } of last?.sweep?.(signal) ?? []) {
        if (!terminal) await last?.cancel([ref], 'taskflow: end of the test', signal);
      }
      await Promise.all(open.map((each) => each.stop()));
    },
  };
}

describe('against a master', () => describeConformance('mesos', openTarget));
