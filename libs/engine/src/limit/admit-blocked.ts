import {
  admit,
  blockedKeys,
  findBlocked,
  lockLimits,
  occupied,
  type AdmitInput,
  type BlockedRow,
  type Queryable,
} from '@taskflow/store';

/** Most instances looked at for one limit in one round. */
const ROUND = 500;
/** Most limits that one sweep takes up; the next sweep goes on behind them. */
export const SWEPT_KEYS = 200;

/**
 * Lets blocked instances into the queue as far as their concurrency limits allow, in order of rank. One with several limits
 * takes a place of each or of none. `q` must be a transaction: admission to a limit is one transaction's at a time, and what
 * is occupied is counted from its rows.
 *
 * @param keys limits in which places may have become free or instances were added; `all`: the first of all that somebody waits for
 */
export async function admitBlocked(q: Queryable, keys: readonly string[] | 'all'): Promise<{ laneIds: number[] }> {
  const wanted = keys === 'all' ? await blockedKeys(q, '', SWEPT_KEYS) : [...new Set(keys)];
  if (wanted.length === 0) return { laneIds: [] };
  const seen = await findBlocked(q, wanted, ROUND);
  const locked = new Set([...wanted, ...seen.flatMap((row) => row.limit_keys)]);
  // Also when nobody is seen: who adds an instance to a limit meanwhile, or frees a place of it, comes after this lock.
  await lockLimits(q, [...locked]);
  const lanes = new Set<number>();
  for (;;) {
    const rows = (await findBlocked(q, wanted, ROUND)).filter((row) => row.limit_keys.every((key) => locked.has(key)));
    if (rows.length === 0) break;
    const plan = planAdmission(rows, await occupiedBy(q, rows));
    for (const row of await admit(q, plan)) lanes.add(row.lane_id);
  }
  return { laneIds: [...lanes] };
}

async function occupiedBy(q: Queryable, rows: readonly BlockedRow[]): Promise<Map<string, Set<number>>> {
  const taken = new Map<string, Set<number>>();
  for (const key of rows.flatMap((row) => row.limit_keys)) taken.set(key, new Set());
  for (const { limit_key: key, slot_no: slot } of await occupied(q, [...taken.keys()])) taken.get(key)?.add(slot);
  return taken;
}

/** Who of these, in order, gets places; who does not waits for the first of its limits that is full. */
export function planAdmission(rows: readonly BlockedRow[], taken: Map<string, Set<number>>): AdmitInput {
  const ids: string[] = [];
  const places: { key: string; slotNo: number; id: string }[] = [];
  const waits: { id: string; key: string }[] = [];
  for (const row of rows) {
    const limits = row.limit_keys.map((key, index) => ({ key, max: row.limit_maxima[index] ?? 0 }));
    const full = limits.find(({ key, max }) => (taken.get(key)?.size ?? 0) >= max);
    if (full) {
      waits.push({ id: row.id, key: full.key });
      continue;
    }
    ids.push(row.id);
    for (const { key } of limits) {
      const slots = taken.get(key) ?? new Set<number>();
      const slotNo = lowestFree(slots);
      slots.add(slotNo);
      places.push({ key, slotNo, id: row.id });
    }
  }
  return { ids, places, waits };
}

function lowestFree(slots: ReadonlySet<number>): number {
  let slot = 1;
  while (slots.has(slot)) slot += 1;
  return slot;
}
