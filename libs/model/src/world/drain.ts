import { beginDuty, campaign, DUTIES } from './scheduler-operations.js';
import { finish } from './play-step.js';
import { complete, connect, kill, lease } from './worker-operations.js';
import { Violation, type World } from './world.js';

/** Rounds in which nothing more came to its end. */
const PATIENCE = 20;
const LONG_MS = 61_000;

/**
 * Everybody is well again and there is nothing new to do: all that was begun comes to its end.
 *
 * @throws Violation when it does not
 */
export async function drain(world: World): Promise<void> {
  for (const process of [...world.apis, ...world.schedulers]) {
    const { pending } = process;
    process.pending = [];
    for (const call of pending) await finish(world, call);
  }
  await world.backend.retireSchedules();
  const [scheduler] = world.schedulers;
  const [worker, ...others] = world.workers;
  const [api] = world.apis;
  if (scheduler === undefined || worker === undefined || api === undefined) throw new Error('nobody is there');
  for (const each of [worker, ...others]) kill(each);
  for (const each of world.schedulers) world.kill(each);
  await world.pass(LONG_MS);
  await finish(world, await campaign(world, scheduler));
  let least = Infinity;
  for (let idle = 0; idle < PATIENCE; idle += 1) {
    await finish(world, await connect(world, api, worker));
    for (const duty of DUTIES) await finish(world, await beginDuty(world, scheduler, duty));
    const { session } = worker;
    if (session === undefined) throw new Violation('a worker that connects gets no session');
    await finish(world, await lease(world, api, worker, session, 10));
    for (const known of [...worker.held]) {
      known.told = 'success';
      await finish(world, await complete(world, api, known, 'success', false));
    }
    const open = await world.backend.openWork();
    if (open === 0) return;
    if (open < least) idle = 0;
    least = Math.min(least, open);
    await world.pass(LONG_MS);
  }
  throw new Violation('what was begun does not come to its end: something waits for ever');
}
