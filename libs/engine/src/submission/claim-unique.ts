import { AlreadyExists, VersionConflict } from '@taskflow/domain';
import { claimKeys, dequeueReplaced, findKeys, handOverKeys, reserveIds, type Queryable } from '@taskflow/store';
import type { Prepared } from './prepare-submissions.js';
import type { SubmissionResult } from './submission.js';
import { claimsOf, groupByKey, type UniqueGroup } from './unique-groups.js';

export interface UniqueOutcome {
  /** By position: the id that a submission is to be made with, because it has its key. */
  readonly ids: ReadonlyMap<number, string>;
  /** By position: the answer of submissions that make nothing. */
  readonly settled: ReadonlyMap<number, SubmissionResult>;
  /** Limits of which replaced instances freed places. */
  readonly freedLimits: readonly string[];
}

const NOTHING: UniqueOutcome = { ids: new Map(), settled: new Map(), freedLimits: [] };
// Each round meets a key whose holder ended between two statements; that it happens so often again is no accident.
const MOST_ROUNDS = 20;

/** Decides, key by key, which submission of the batch makes an instance and which gets one that is there. */
export async function claimUnique(q: Queryable, items: readonly Prepared[], actor: string): Promise<UniqueOutcome> {
  const groups = groupByKey(items);
  if (groups.length === 0) return NOTHING;
  const count = (kind: string) => groups.filter((group) => group.kind === kind).length;
  const claims = claimsOf(groups, items, await reserveIds(q, count('task'), count('workflow')));
  const ids = new Map<number, string>();
  const settled = new Map<number, SubmissionResult>();
  const freedLimits: string[] = [];
  let open = claims;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MOST_ROUNDS) throw new VersionConflict('Unique keys changed hands all the time; repeat the call.');
    const taken = new Set((await claimKeys(q, open)).map(nameOf));
    for (const claim of open) if (taken.has(nameOf(claim))) win(claim);
    open = open.filter((claim) => !taken.has(nameOf(claim)));
    if (open.length === 0) break;
    const holders = new Map((await findKeys(q, open)).map((holder) => [nameOf(holder), holder.id]));
    const held = open.flatMap((claim) => {
      const holder = holders.get(nameOf(claim));
      return holder === undefined ? [] : [{ ...claim, holder }];
    });
    const dequeued = await replaceQueued(
      held.filter((claim) => conflictOf(items, claim.group.leader) === 'replace_queued'),
    );
    for (const claim of held) if (!dequeued.has(claim.holder)) settle(claim.group, claim.holder, undefined);
    // Whose holder has ended, or was dequeued while the key went to someone else, tries again.
    open = open.filter((claim) => {
      const holder = holders.get(nameOf(claim));
      return holder === undefined || (dequeued.has(holder) && !ids.has(claim.group.leader));
    });
  }
  return { ids, settled, freedLimits };

  function win(claim: { readonly group: UniqueGroup; readonly id: string }): void {
    ids.set(claim.group.leader, claim.id);
    settle(claim.group, claim.id, claim.group.leader);
  }

  function settle(group: UniqueGroup, holder: string, winner: number | undefined): void {
    for (const index of group.members) {
      if (index === winner) continue;
      const isReplaced = winner !== undefined && index < winner;
      const isRefused = conflictOf(items, index) === 'reject' && !isReplaced;
      settled.set(index, isRefused ? { error: keyTaken(group, holder) } : { id: holder, created: false });
    }
  }

  /** Takes these holders off the queue where they have not started, and gives their keys on. Gives the ids dequeued. */
  async function replaceQueued(wanting: readonly ((typeof claims)[number] & { readonly holder: string })[]) {
    const gone = new Set<string>();
    for (const kind of ['task', 'workflow'] as const) {
      const held = wanting.filter((claim) => claim.group.kind === kind);
      if (held.length === 0) continue;
      const dequeued = await dequeueReplaced(
        q,
        kind,
        held.map((claim) => claim.holder),
        actor,
      );
      freedLimits.push(...dequeued.freedLimits);
      for (const id of dequeued.ids) gone.add(id);
      const given = await handOverKeys(
        q,
        held.filter((claim) => gone.has(claim.holder)),
      );
      const mine = new Set(given.map(nameOf));
      for (const claim of held) if (mine.has(nameOf(claim))) win(claim);
    }
    return gone;
  }
}

function nameOf({ owner, key }: { readonly owner: string; readonly key: string }): string {
  return `${owner} ${key}`;
}

function conflictOf(items: readonly Prepared[], index: number): string | undefined {
  const item = items[index];
  return item === undefined || 'error' in item ? undefined : item.unique?.onConflict;
}

function keyTaken(group: UniqueGroup, id: string): AlreadyExists {
  const what = group.kind === 'task' ? 'task instance' : 'workflow instance';
  return new AlreadyExists(
    `The unique key "${group.key}" of ${group.owner.replace(':', ' ')} is held by ${what} ${id}. Wait for it to end, or ` +
      'submit with on_conflict return_existing or replace_queued.',
    { reason: 'UNIQUE_KEY_TAKEN', metadata: { id } },
  );
}
