import type { BlockedRow } from './rows.js';
import { statement, type MemoryStatements } from './statement.js';
import type { Tables } from './tables.js';

export const LIMIT_STATEMENTS: MemoryStatements = {
  limit_blocked_keys: statement<[string, number]>((t, [after, limit]) =>
    [...new Set(t.blocked.all().map((row) => row.limit_key))]
      .filter((key) => key > after)
      .sort()
      .slice(0, limit)
      .map((limit_key) => ({ limit_key })),
  ),
  // One transaction at a time: there is nobody to lock out.
  limit_lock: statement(() => []),
  limit_occupied: statement<[string[]]>((t, [keys]) =>
    t.places.all((row) => keys.includes(row.limit_key)).map(({ limit_key, slot_no }) => ({ limit_key, slot_no })),
  ),
  limit_find_blocked: statement<[string[], number]>((t, [keys, most]) =>
    keys
      .flatMap((key) => nextInLine(t, key, most))
      .sort(byRank)
      .map(({ id, rank }) => {
        const record = t.records.get(id);
        const limit_keys = record?.limit_keys ?? [];
        const limit_maxima = limit_keys.map((key, at) => ownMaximum(t, key) ?? record?.limit_maxima?.[at] ?? 0);
        return { id: String(id), rank: String(rank), limit_keys, limit_maxima };
      }),
  ),
  limit_admit: statement<[string[], string[], number[], string[], string[], string[]]>(
    (t, [ids, keys, slots, holders, waiting, waits]) => {
      const admitted = ids.flatMap((id) => t.blocked.delete(Number(id)) ?? []);
      const gone = new Set(admitted.map((row) => row.id));
      for (const [at, limit_key] of keys.entries()) {
        const slot_no = slots[at] ?? 0;
        const id = Number(holders[at]);
        if (gone.has(id)) t.places.insert(`${limit_key} ${slot_no}`, { limit_key, slot_no, id });
      }
      for (const [at, id] of waiting.entries()) {
        const row = t.blocked.get(Number(id));
        const limit_key = waits[at] ?? '';
        if (row !== undefined && row.limit_key !== limit_key) t.blocked.update(row.id, { limit_key });
      }
      return admitted.flatMap(({ id, rank }) => {
        const record = t.records.get(id);
        if (record === undefined) return [];
        const { lane_id, attempt, flags } = record;
        t.queue.insert(id, { lane_id, rank, id, attempt, flags });
        return [{ lane_id }];
      });
    },
  ),
};

/** Of the limit of a Task the present maximum counts, for all others that of the instance. */
function ownMaximum(t: Tables, key: string): number | null {
  return key.startsWith('task:') ? (t.tasks.get(key.slice('task:'.length))?.concurrency ?? null) : null;
}

function nextInLine(t: Tables, key: string, most: number): BlockedRow[] {
  const line = t.blocked.all((row) => row.limit_key === key).sort(byRank);
  const [first] = line;
  const record = first && t.records.get(first.id);
  if (record === undefined) return [];
  const maximum = ownMaximum(t, key) ?? record.limit_maxima?.[record.limit_keys?.indexOf(key) ?? -1] ?? 0;
  const free = maximum - t.places.all((row) => row.limit_key === key).length;
  return line.slice(0, Math.max(0, Math.min(most, free)));
}

function byRank(a: BlockedRow, b: BlockedRow): number {
  return a.rank - b.rank || a.id - b.id;
}
