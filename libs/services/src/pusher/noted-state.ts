import { noteDestination, noteTrouble, type Ctx, type PushCtx } from '@taskflow/engine';
import type { Breaker } from './breaker.js';

/** How old the moment may be at which a destination is told to have been well. */
const NOTED_AGAIN_MS = 30_000;

/** Keeps a destination's row saying how it is, with few writes. */
export interface NotedState {
  /** It has answered a question. */
  answered(): void;
  /** Another may have written since: the next note is written in any case. */
  forget(): void;
  /** By its holder. */
  note(ctx: PushCtx): Promise<void>;
  /** By a pusher that cannot begin to work for it, when nobody else does. */
  trouble(message: string): Promise<void>;
}

export function createNotedState(ctx: Ctx, name: string, breaker: Breaker): NotedState {
  const { clock, logger } = ctx;
  let noted: { readonly text: string; readonly at: number } | undefined;
  let told: string | undefined;
  let answered = false;
  return {
    answered: () => void (answered = true),
    forget() {
      noted = undefined;
      told = undefined;
    },
    async note(pushCtx) {
      const now = clock.monotonicMs();
      const [state, error, until] = [breaker.state(), breaker.error(), breaker.until()];
      const text = JSON.stringify([state, error, until]);
      const stale = answered && now - (noted?.at ?? 0) >= NOTED_AGAIN_MS;
      if (text === noted?.text && !stale) return;
      const retryMs = until === undefined ? undefined : Math.max(0, Math.round(until - now));
      await noteDestination(pushCtx, { breaker: state, error, retryMs, answered });
      noted = { text, at: now };
      answered = false;
    },
    async trouble(message) {
      if (message === told) return;
      await noteTrouble(ctx, name, message).then(
        () => (told = message),
        (error: unknown) => logger.warn({ err: error, destination: name }, 'what is wrong cannot be noted'),
      );
    },
  };
}
