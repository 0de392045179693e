import { toDate, toText } from './statement.js';
import type { Tables } from './tables.js';

/** `lease_claim`: the best ranked of these lanes from the floor on, to the wanted places in turn. */
export function claim(t: Tables, values: ClaimValues): object[] {
  const [laneIds, wanted, claim_id, aheadFlag, floorRank, floorId] = values;
  const lanes = new Set(laneIds.map(Number));
  const floor = { rank: Number(floorRank), id: Number(floorId) };
  const free = new Map<number, number>();
  for (const text of new Set(wanted)) {
    const session = t.sessions.get(Number(text));
    if (session === undefined || session.closed_at !== null || session.draining_at !== null) continue;
    if (session.lease_until <= t.now) continue;
    const held = t.leases.all((lease) => lease.session_id === session.id).length;
    free.set(session.id, session.slots - Math.min(held, session.slots));
  }
  const given = new Map<number, number>();
  const places = wanted.flatMap((text) => {
    const session = Number(text);
    const left = free.get(session);
    if (left === undefined) return [];
    const nth = (given.get(session) ?? 0) + 1;
    given.set(session, nth);
    return [{ session, ahead: nth > left }];
  });
  const taken = t.queue
    .all((row) => lanes.has(row.lane_id) && byRank(row, floor) >= 0)
    .sort(byRank)
    .slice(0, places.length);
  return taken.flatMap((row, index) => {
    const { id, lane_id } = row;
    const record = t.records.get(id);
    const place = places[index];
    if (record === undefined || place === undefined) throw new Error(`instance ${id} is queued and not recorded`);
    t.queue.delete(id);
    const lease_id = t.next('lease_ids');
    if (row.attempt === 0 && record.expires_at !== null && record.expires_at <= t.now) {
      t.delayed.insert(id, { id, due_at: t.now });
      return [];
    }
    const attempt = row.attempt + 1;
    t.leases.insert(id, {
      id,
      attempt,
      lease_id,
      session_id: place.session,
      claim_id,
      lane_id,
      flags: row.flags | (place.ahead && record.timeout_ms !== null ? aheadFlag : 0),
      leased_at: t.now,
      deadline_at: record.timeout_ms === null ? null : t.now + record.timeout_ms,
      cancel_requested_at: null,
      cancel_reason: null,
    });
    const run = record.workflow_instance_id === null ? undefined : t.runs.get(record.workflow_instance_id);
    return [
      {
        id: String(id),
        attempt,
        lease_id: String(lease_id),
        session_id: String(place.session),
        handler: t.lanes.get(lane_id)?.handler ?? '',
        task_name: record.task_name,
        version_id: String(record.version_id),
        workflow_instance_id: toText(record.workflow_instance_id),
        node_key: record.node_key,
        workflow_name: run?.workflow_name ?? null,
        workflow_version_id: toText(run?.version_id ?? null),
        params: record.params,
        timeout_ms: toText(record.timeout_ms),
        failures: record.failures,
        trace_parent: null,
        trace_state: null,
        scheduled_for: toDate(record.scheduled_for),
        priority: record.priority,
        rank: String(row.rank),
      },
    ];
  });
}

function byRank(a: { rank: number; id: number }, b: { rank: number; id: number }): number {
  return a.rank - b.rank || a.id - b.id;
}

export type ClaimValues = [
  laneIds: number[],
  wanted: string[],
  claimId: string,
  aheadFlag: number,
  floorRank: string,
  floorId: string,
];
