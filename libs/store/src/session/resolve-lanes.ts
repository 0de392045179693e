import type { Queryable, Statement } from '../db.js';

/**
 * The lanes that each session can serve: pulled ones of its queues, of its tasks where it names any, with a handler that it
 * has and labels that it carries.
 *
 * Locks: none. Index: none; there is a lane for each kind of task, a session for each worker. Idempotent: reads only.
 * Caller: openSession, resolveLanes.
 */
export const resolveLanesStatement: Statement = {
  name: 'session_resolve_lanes',
  text: `
select s.id as session_id,
       array(select n.id from lanes n
              where n.destination is null and n.queue = any (s.queues) and (s.tasks = '{}' or n.task_name = any (s.tasks))
                and n.handler = any (s.handlers) and s.labels @> n.labels
              order by n.id) as lane_ids
  from worker_sessions s
 where s.id = any ($1::bigint[])`,
};

export function lanesOfSessions(
  q: Queryable,
  sessionIds: readonly string[],
): Promise<{ session_id: string; lane_ids: number[] }[]> {
  return q.query(resolveLanesStatement, [sessionIds]);
}
