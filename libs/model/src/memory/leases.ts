import { claim, type ClaimValues } from './claim.js';
import { followEnds, type AttemptEnd } from './follow-ends.js';
import { noteEvent } from './note-event.js';
import type { LeaseRow } from './rows.js';
import { at, orNow, statement, toDate, toNumbers, type MemoryStatements } from './statement.js';
import type { Tables } from './tables.js';
import { freeKey, freePlaces, noteChange } from './waiting.js';

type Refs = [ids: string[], attempts: (number | string)[], leaseIds: string[]];

export const LEASE_STATEMENTS: MemoryStatements = {
  lease_claim: statement<ClaimValues>(claim),
  lease_find_claimed: statement<[string[], string[]]>((t, [sessions, claims]) => {
    const wanted = toNumbers(sessions);
    return t.leases
      .all((lease) => wanted.has(lease.session_id) && claims.includes(lease.claim_id))
      .map(({ id, attempt, lease_id }) => ({ id: String(id), attempt, lease_id: String(lease_id) }));
  }),
  lease_complete: statement<[...Refs, (string | null)[] | null]>((t, [ids, attempts, leaseIds, outputs]) =>
    ids.flatMap((id, index) => {
      const lease = held(t, id, attempts[index], leaseIds[index]);
      const before = lease && t.records.get(lease.id);
      if (lease === undefined || before === undefined) return [];
      const { attempt, lease_id, session_id } = lease;
      const worker = t.sessions.get(session_id)?.worker ?? null;
      const ended = { outcome: 'success', next_status: 'success', reason: null };
      t.leases.delete(lease.id);
      const record = t.records.update(lease.id, {
        status: 'success',
        attempt,
        reason: null,
        message: null,
        output: at(outputs, index),
        worker,
        started_at: before.started_at ?? lease.leased_at,
        finished_at: t.now,
      });
      t.attempts.insert(`${lease.id} ${attempt}`, {
        task_instance_id: lease.id,
        attempt,
        lease_id,
        worker,
        session_id,
        ...ended,
      });
      const { workflow_instance_id } = record;
      if (workflow_instance_id !== null) {
        const change = noteChange(t, workflow_instance_id, lease.id);
        t.hints.push({
          id: `${change}`,
          workflowInstanceId: `${workflow_instance_id}`,
          nodeKey: record.node_key ?? '',
        });
        t.journal.relax();
      }
      const limit_keys = (lease.flags & 1) === 0 ? null : record.limit_keys;
      if (limit_keys !== null) freePlaces(t, new Set([lease.id]));
      if ((lease.flags & 2) !== 0) freeKey(t, lease.id);
      return [{ id, lease_id: String(lease_id), of_workflow: workflow_instance_id !== null, limit_keys }];
    }),
  ),
  // One transaction at a time: nobody else holds a row.
  lease_find_locked: statement(() => []),
  wait_for_disk: statement((t) => {
    t.journal.flush();
    return [];
  }),
  lease_end_attempts: statement<
    [string, string, ...Refs, string[], string[], string[], (string | null)[], unknown, number[], number[], number[]]
  >((t, values) => {
    const [, offsets, ids, attempts, leaseIds, outcomes, nexts, reasons, messages, , delays, failures, losses] = values;
    const ends = ids.flatMap((id, index): AttemptEnd[] => {
      const lease = held(t, id, attempts[index], leaseIds[index]);
      if (lease === undefined) return [];
      t.leases.delete(lease.id);
      const outcome = outcomes[index] ?? '';
      const stopped = nexts[index] === 'retry' && lease.cancel_requested_at !== null;
      return [
        {
          lease,
          outcome,
          nextStatus: stopped ? 'cancelled' : (nexts[index] ?? ''),
          reason: stopped ? 'CANCELLED' : (reasons[index] ?? null),
          message: stopped ? lease.cancel_reason : at(messages, index),
          delayMs: stopped ? 0 : (delays[index] ?? 0),
          failures: stopped ? 0 : (failures[index] ?? 0),
          losses: stopped ? 0 : (losses[index] ?? 0),
        },
      ];
    });
    return followEnds(t, ends, JSON.parse(offsets) as Record<string, number>);
  }),
  lease_return: statement<[...Refs, string | null, string, string, string]>((t, values) => {
    const [ids, attempts, leaseIds, sessionId, offsets, , reason] = values;
    const ahead = JSON.parse(offsets) as Record<string, number>;
    return ids.flatMap((id, index) => {
      const lease = held(t, id, attempts[index], leaseIds[index]);
      const record = lease && t.records.get(lease.id);
      if (lease === undefined || record === undefined || lease.cancel_requested_at !== null) return [];
      if (sessionId !== null && lease.session_id !== Number(sessionId)) return [];
      t.leases.delete(lease.id);
      const { lane_id, flags, workflow_instance_id } = record;
      const rank = Math.max(record.run_at, record.created_at) + (ahead[record.priority] ?? 0);
      t.queue.insert(lease.id, { lane_id, rank, id: lease.id, attempt: lease.attempt - 1, flags });
      noteEvent(t, { task_instance_id: lease.id, workflow_instance_id, type: 'handed_back', reason });
      return [{ id, attempt: lease.attempt, lease_id: String(lease.lease_id), lane_id }];
    });
  }),
  lease_load: statement<Refs>((t, [ids, attempts, leaseIds]) =>
    ids.flatMap((id, index) => shown(t, held(t, id, attempts[index], leaseIds[index]))),
  ),
  lease_find_ended: statement<Refs>((t, [ids, attempts, leaseIds]) =>
    ids.flatMap((id, index) => {
      const row = t.attempts.get(`${id} ${attempts[index]}`);
      if (row === undefined || row.lease_id !== Number(leaseIds[index])) return [];
      return [{ lease_id: String(row.lease_id), outcome: row.outcome }];
    }),
  ),
  lease_of_sessions: statement<[string[], number]>((t, [ids, limit]) =>
    ids
      .flatMap((id) => {
        const slots = t.sessions.get(Number(id))?.slots ?? 0;
        return ofSession(t, Number(id)).flatMap((lease, place) =>
          shown(t, lease).map((row) => ({ ...row, started: place < slots })),
        );
      })
      .slice(0, limit),
  ),
  lease_overdue: statement<[Date | null, number, number, number]>((t, [now, graceMs, aheadFlag, limit]) =>
    t.leases
      .all(
        ({ deadline_at, flags }) =>
          deadline_at !== null && deadline_at < orNow(t, now) - graceMs && !(flags & aheadFlag),
      )
      .sort((a, b) => (a.deadline_at ?? 0) - (b.deadline_at ?? 0) || a.lease_id - b.lease_id)
      .slice(0, limit)
      .flatMap((lease) => shown(t, lease)),
  ),
  lease_postpone_deadlines: statement<[Date | null, number, number]>((t, [now, aheadFlag, limit]) => {
    const due = t.leases
      .all(({ deadline_at, flags }) => deadline_at !== null && deadline_at < orNow(t, now) && !!(flags & aheadFlag))
      .sort((a, b) => (a.deadline_at ?? 0) - (b.deadline_at ?? 0))
      .slice(0, limit);
    for (const lease of due) {
      const before = ofSession(t, lease.session_id).filter((other) => other.lease_id < lease.lease_id).length;
      const started = before < (t.sessions.get(lease.session_id)?.slots ?? 0);
      const timeout = t.records.get(lease.id)?.timeout_ms ?? null;
      t.leases.update(lease.id, {
        deadline_at: timeout === null ? null : orNow(t, now) + timeout,
        flags: started ? lease.flags & ~aheadFlag : lease.flags,
      });
    }
    return [];
  }),
  lease_load_inputs: statement<[string[], string[], string[]]>((t, [runs, owners, keys]) => [
    ...runs.flatMap((id) => {
      const run = t.runs.get(Number(id));
      if (run === undefined) return [];
      return [
        { workflow_instance_id: id, node_key: null, value: run.params, scheduled_for: toDate(run.scheduled_for) },
      ];
    }),
    ...owners.flatMap((owner, index) =>
      t.records
        .all((row) => row.workflow_instance_id === Number(owner) && row.node_key === keys[index])
        .map((row) => ({
          workflow_instance_id: owner,
          node_key: row.node_key,
          value: row.output,
          scheduled_for: null,
        })),
    ),
  ]),
};

/** The lease, if it is still this one: the fencing token is its number. */
function held(
  t: Tables,
  id: string,
  attempt: number | string | undefined,
  leaseId: string | undefined,
): LeaseRow | undefined {
  const lease = t.leases.get(Number(id));
  return lease?.attempt === Number(attempt) && lease?.lease_id === Number(leaseId) ? lease : undefined;
}

function ofSession(t: Tables, sessionId: number): LeaseRow[] {
  return t.leases.all((lease) => lease.session_id === sessionId).sort((a, b) => a.lease_id - b.lease_id);
}

function shown(t: Tables, lease: LeaseRow | undefined) {
  const record = lease && t.records.get(lease.id);
  if (lease === undefined || record === undefined) return [];
  return [
    {
      id: String(lease.id),
      attempt: lease.attempt,
      lease_id: String(lease.lease_id),
      session_id: String(lease.session_id),
      version_id: String(record.version_id),
      failures: record.failures,
      losses: record.losses,
      cancelled: lease.cancel_requested_at !== null,
      cancel_reason: lease.cancel_reason,
    },
  ];
}
