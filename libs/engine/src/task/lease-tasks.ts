import { randomInt } from 'node:crypto';
import { isTaskflowError, type TaskDefinition } from '@taskflow/domain';
import { claim, loadLeases, toLeaseRef, type ClaimedTask } from '@taskflow/store';
import type { Ctx } from '../context.js';
import { taskSpecs } from '../definition/version-cache.js';
import { claimFloor } from './claim-floor.js';
import { announceEnds, noEnds, noteEnd } from './announce-ends.js';
import { writeEndings } from './end-attempts.js';
import { passPlacesOn } from './hand-back.js';
import { leaseInputs } from './lease-inputs.js';
import { prepareLease, type LeasedTask } from './prepare-lease.js';
import { FLAG_AHEAD } from './task-flags.js';
import { rememberClaim, settleUnanswered } from './unanswered-claims.js';

export interface LeaseInput {
  /** Lanes that every one of these sessions can serve. */
  readonly laneIds: readonly number[];
  /** How many leases each session takes. */
  readonly demand: readonly { readonly sessionId: string; readonly credits: number }[];
}

/** Most leases of one call. */
const MOST = 2000;
const LARGEST_RANDOM = 2 ** 47;

/**
 * Leases ready instances to workers, the best ranked first, to the sessions in turn: one statement for all of them. Fewer than
 * were asked for means that nothing else was ready. Sessions that have expired or drain get nothing.
 *
 * Should it fail, the leases that it may have given go back to the queue before the next call of this process; those of a
 * process that dies go back when its workers connect elsewhere.
 */
export async function leaseTasks(ctx: Ctx, input: LeaseInput): Promise<LeasedTask[]> {
  const sessionIds = inTurn(input.demand);
  if (sessionIds.length === 0 || input.laneIds.length === 0) return [];
  await settleUnanswered(ctx);
  const claimId = String(randomInt(1, LARGEST_RANDOM));
  try {
    const claimed = await claimRanked(ctx, input.laneIds, sessionIds, claimId);
    return await prepareClaimed(ctx, claimed);
  } catch (error) {
    rememberClaim(ctx, claimId, [...new Set(sessionIds)]);
    throw error;
  }
}

async function claimRanked(
  ctx: Ctx,
  laneIds: readonly number[],
  sessionIds: readonly string[],
  claimId: string,
): Promise<ClaimedTask[]> {
  const { floor, whole, note } = claimFloor(ctx, laneIds);
  const claimed = (await claim(ctx.db, { laneIds, sessionIds, claimId, aheadFlag: FLAG_AHEAD, floor })).sort(byLease);
  const plenty = claimed.length >= sessionIds.length;
  note(claimed, plenty);
  if (whole || plenty) return claimed;
  return [...claimed, ...(await claimRanked(ctx, laneIds, sessionIds.slice(claimed.length), claimId))];
}

/** What workers get for leases that were just made; an attempt that cannot be run for its params ends as failed instead. */
export async function prepareClaimed(ctx: Ctx, claimed: readonly ClaimedTask[]): Promise<LeasedTask[]> {
  if (claimed.length === 0) return [];
  const specs = await taskSpecs(
    ctx.db,
    claimed.map((task) => task.version_id),
  );
  const inputs = await leaseInputs(ctx.db, claimed);
  const leases: LeasedTask[] = [];
  const unfit: Unfit[] = [];
  for (const task of claimed) {
    try {
      leases.push(prepareLease(task, definitionOf(task, specs), inputs.get(task.id)));
    } catch (error) {
      if (!isTaskflowError(error)) throw error;
      unfit.push({ task, message: error.message });
    }
  }
  if (unfit.length > 0) await failUnfit(ctx, unfit);
  return leases;
}

interface Unfit {
  readonly task: ClaimedTask;
  readonly message: string;
}

function definitionOf(task: ClaimedTask, specs: ReadonlyMap<string, TaskDefinition>): TaskDefinition {
  const spec = specs.get(task.version_id);
  if (spec === undefined)
    throw new Error(`definition version ${task.version_id} of task "${task.task_name}" is not stored`);
  return spec;
}

/** What cannot be run for its params fails in the attempt that this lease is; another attempt would fail alike. */
async function failUnfit(ctx: Ctx, unfit: readonly Unfit[]): Promise<void> {
  const messages = new Map(unfit.map(({ task, message }) => [task.lease_id, message]));
  const ends = noEnds();
  await ctx.db.tx(async (q) => {
    const leases = await loadLeases(
      q,
      unfit.map(({ task }) => toLeaseRef(task)),
    );
    const ended = await writeEndings(
      q,
      ctx.actor,
      leases.map((lease) => ({
        lease,
        outcome: 'failed',
        reason: 'INVALID_PARAMS',
        message: messages.get(lease.lease_id),
        final: true,
      })),
    );
    for (const row of ended) noteEnd(ends, row);
    await passPlacesOn(q, ends);
  });
  announceEnds(ctx, ends);
}

/** Round after round, one place for each session that still wants one. */
function inTurn(demand: LeaseInput['demand']): string[] {
  const places: string[] = [];
  let waiting = demand.filter(({ credits }) => credits > 0).map((each) => ({ ...each }));
  while (waiting.length > 0 && places.length < MOST) {
    for (const each of waiting) {
      places.push(each.sessionId);
      each.credits -= 1;
    }
    waiting = waiting.filter(({ credits }) => credits > 0);
  }
  return places.slice(0, MOST);
}

/** Leases are numbered in the order of their rank; workers start them in that order. */
function byLease(a: ClaimedTask, b: ClaimedTask): number {
  return a.lease_id.length - b.lease_id.length || (a.lease_id < b.lease_id ? -1 : 1);
}
