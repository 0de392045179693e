import { fenceEpoch, type Queryable } from '@taskflow/store';
import type { Ctx } from '../context.js';

/** The steps between which a pusher may be killed. Named for tests, which kill it there. */
export const PUSH_FAULT_POINTS = ['claimed', 'marked', 'submitted', 'recorded', 'observed', 'ended'] as const;

export type PushFaultPoint = (typeof PUSH_FAULT_POINTS)[number];

/** Context of the holder of one destination: every transaction of its verbs begins by fencing on the epoch. */
export interface PushCtx extends Ctx {
  readonly destination: string;
  /** Decimal string. */
  readonly epoch: string;
  /** Called when a step is done; does nothing outside of tests. */
  reached(point: PushFaultPoint): void;
}

/** Runs `work` in one transaction of the holder. @throws Unavailable NOT_HOLDER */
export function fenced<T>(ctx: PushCtx, work: (q: Queryable) => Promise<T>): Promise<T> {
  return ctx.db.tx(async (q) => {
    await fenceEpoch(q, ctx.destination, ctx.epoch);
    return work(q);
  });
}
