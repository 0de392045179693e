import {
  advanceWorkflows,
  checkPromises,
  enforceTimeouts,
  expireLeases,
  expireQueued,
  expireWorkflows,
  fireBuffered,
  fireDue,
  promoteDelayed,
  purge,
  startWorkflows,
  sweepBlocked,
  type RunMemory,
  type SchedulerCtx,
} from '@taskflow/engine';
import type { Survey } from '@taskflow/store';

/** One thing that the elected scheduler looks after. */
export interface Duty {
  readonly name: string;
  /** When there is something to do, by the survey: null for nothing, a moment in the past for now. */
  at(survey: Survey): Date | null;
  /** Does one page of it; true when something was done, so that it is worth looking again. */
  run(ctx: SchedulerCtx, memory: RunMemory): Promise<boolean>;
  /** Milliseconds to wait before it is tried again when it found nothing although it was due; 1,000 by default. */
  readonly restMs?: number;
  /** Rests as long whatever else was done, or it has done itself: nothing that happens makes it succeed sooner. */
  readonly patient?: boolean;
  /** Milliseconds that a patient one rests when it did something; as long as otherwise by default. */
  readonly busyRestMs?: number;
}

/** Places are passed on by whoever frees them; this catches what a crash left behind and raised limits. */
const SWEEP_MS = 5000;
const PURGE_MS = 60_000;
const PURGE_BUSY_MS = 1000;

const when = (condition: boolean, survey: Survey): Date | null => (condition ? survey.now : null);

/** In the order in which they follow from each other. */
export const DUTIES: readonly Duty[] = [
  {
    name: 'fire_due',
    at: (survey) => survey.schedule_at,
    run: async (ctx) => (await fireDue(ctx)).schedules > 0,
  },
  {
    name: 'fire_buffered',
    at: (survey) => when(survey.buffered, survey),
    run: async (ctx) => (await fireBuffered(ctx)) > 0,
  },
  {
    name: 'promote_delayed',
    at: (survey) => survey.delayed_at,
    run: async (ctx) => (await promoteDelayed(ctx)).promoted > 0,
  },
  {
    name: 'expire_leases',
    at: (survey) => survey.session_until,
    run: async (ctx) => {
      const { sessions, more } = await expireLeases(ctx);
      return sessions > 0 || more;
    },
  },
  {
    name: 'enforce_timeouts',
    at: (survey) => survey.task_deadline_at,
    run: async (ctx) => (await enforceTimeouts(ctx)).attempts > 0,
  },
  {
    name: 'expire_queued',
    at: (survey) => survey.expiry_at,
    run: async (ctx) => {
      const { dequeued, more } = await expireQueued(ctx);
      return dequeued > 0 || more;
    },
  },
  {
    name: 'expire_workflows',
    at: (survey) => survey.run_deadline_at,
    run: async (ctx) => (await expireWorkflows(ctx)) > 0,
  },
  {
    name: 'advance_workflows',
    at: (survey) => when(survey.changed, survey),
    run: async (ctx, memory) => (await advanceWorkflows(ctx, { memory })).changes > 0,
  },
  {
    name: 'start_workflows',
    at: (survey) => earliest(survey.queued_run_at, survey.next_run_at),
    run: async (ctx, memory) => (await startWorkflows(ctx, { memory })).runs > 0,
  },
  {
    name: 'sweep_blocked',
    at: (survey) => when(survey.blocked, survey),
    run: async (ctx) => (await sweepBlocked(ctx)).laneIds.length > 0,
    restMs: SWEEP_MS,
    patient: true,
  },
  {
    name: 'check_promises',
    at: (survey) => survey.promise_at,
    run: async (ctx) => (await checkPromises(ctx)).taken > 0,
  },
  {
    name: 'purge',
    at: (survey) => survey.now,
    run: (ctx) => purge(ctx),
    restMs: PURGE_MS,
    busyRestMs: PURGE_BUSY_MS,
    patient: true,
  },
];

export function earliest(...moments: readonly (Date | null)[]): Date | null {
  let first: Date | null = null;
  for (const moment of moments) if (moment && (!first || moment < first)) first = moment;
  return first;
}
