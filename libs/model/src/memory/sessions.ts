import { statement, toNumbers, type MemoryStatements } from './statement.js';

export const SESSION_STATEMENTS: MemoryStatements = {
  session_insert: statement<
    [string, string | null, string, string, number, string[], string[], string[], string, number, string, number]
  >((t, [worker, process, , , , queues, tasks, handlers, labels, slots, , leaseTtlMs]) => {
    const id = t.next('worker_sessions');
    t.sessions.insert(id, {
      id,
      worker,
      process,
      queues,
      tasks,
      handlers,
      labels: JSON.parse(labels) as Record<string, string>,
      slots,
      lease_until: t.now + leaseTtlMs,
      draining_at: null,
      closed_at: null,
      close_reason: null,
    });
    return [{ id: String(id) }];
  }),
  session_lock_worker: statement<[string]>((t, [worker]) =>
    t.sessions
      .all((row) => row.worker === worker && row.closed_at === null)
      .sort((a, b) => a.id - b.id)
      .map(({ id, process }) => ({ id: String(id), process })),
  ),
  session_lock: statement<[string]>((t, [id]) => (t.sessions.get(Number(id))?.closed_at === null ? [{ id }] : [])),
  session_lock_expired: statement<[Date | null, number]>((t, [now, limit]) =>
    t.sessions
      .all((row) => row.closed_at === null && row.lease_until < (now?.getTime() ?? t.now))
      .sort((a, b) => a.lease_until - b.lease_until)
      .slice(0, limit)
      .map(({ id }) => ({ id: String(id) })),
  ),
  session_renew: statement<[string, number]>((t, [id, leaseTtlMs]) => {
    const session = t.sessions.get(Number(id));
    if (session === undefined || session.closed_at !== null || session.lease_until <= t.now) return [];
    t.sessions.update(session.id, { lease_until: t.now + leaseTtlMs });
    return [{ id }];
  }),
  session_find_close_reason: statement<[string]>((t, [id]) => {
    const session = t.sessions.get(Number(id));
    if (session === undefined || session.closed_at === null) return [];
    return [{ worker: session.worker, close_reason: session.close_reason }];
  }),
  session_drain: statement<[string]>((t, [id]) => {
    const session = t.sessions.get(Number(id));
    if (session?.closed_at === null && session.draining_at === null)
      t.sessions.update(session.id, { draining_at: t.now });
    return [];
  }),
  session_close: statement<[string[], string]>((t, [ids, reason]) => {
    const holding = new Set(t.leases.all().map((lease) => lease.session_id));
    return [...toNumbers(ids)].flatMap((id) => {
      const session = t.sessions.get(id);
      if (session === undefined || session.closed_at !== null || holding.has(id)) return [];
      t.sessions.update(id, { closed_at: t.now, close_reason: reason });
      return [{ id: String(id), worker: session.worker }];
    });
  }),
  session_adopt_leases: statement<[string[], (number | string)[], string[], string, string]>(
    (t, [ids, attempts, leaseIds, sessionId, worker]) =>
      ids.flatMap((id, at) => {
        const lease = t.leases.get(Number(id));
        if (lease === undefined || lease.attempt !== Number(attempts[at]) || lease.lease_id !== Number(leaseIds[at]))
          return [];
        if (t.sessions.get(lease.session_id)?.worker !== worker) return [];
        t.leases.update(lease.id, { session_id: Number(sessionId) });
        return [{ id, attempt: lease.attempt, lease_id: String(lease.lease_id) }];
      }),
  ),
  session_resolve_lanes: statement<[string[]]>((t, [ids]) =>
    ids.flatMap((id) => {
      const session = t.sessions.get(Number(id));
      if (session === undefined) return [];
      const { queues, tasks, handlers, labels } = session;
      const lanes = t.lanes.all(
        (lane) =>
          queues.includes(lane.queue) &&
          (tasks.length === 0 || tasks.includes(lane.task_name)) &&
          handlers.includes(lane.handler) &&
          Object.entries(lane.labels).every(([key, value]) => labels[key] === value),
      );
      return [{ session_id: id, lane_ids: lanes.map((lane) => lane.id).sort((a, b) => a - b) }];
    }),
  ),
};
