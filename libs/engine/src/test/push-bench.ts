import { holdDestination } from '../push/hold-destination.js';
import { registerDestinations } from '../push/note-destination.js';
import type { PushCtx } from '../push/push-context.js';
import type { TestContext } from './open-context.js';

/** Registers the destination `here` and holds it for ten minutes. */
export async function holdHere(ctx: TestContext): Promise<PushCtx> {
  await registerDestinations(ctx, [{ name: 'here', kind: 'local', configHash: '', maxInFlight: 100, paused: false }]);
  const epoch = await holdDestination(ctx, { name: 'here', owner: 'p', leaseMs: 600_000 });
  return { ...ctx, destination: 'here', epoch: epoch ?? '', reached: () => undefined };
}
