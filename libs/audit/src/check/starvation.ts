import type { Check } from '../check.js';

export const starvation: readonly Check[] = [
  {
    invariant: 'I9',
    name: 'ready-work-is-taken',
    holds: 'no instance has been ready for 10 s while a live worker that matches it has a free slot',
    sql: `
      select q.id, n.queue, n.task_name, r.run_at, s.worker, s.slots, s.leased
        from task_queue q
        join lanes n on n.id = q.lane_id and n.destination is null
        join task_records r on r.id = q.id and greatest(r.run_at, r.created_at) < now() - interval '10 s'
        join (select w.*, (select count(*) from task_leases l where l.session_id = w.id) as leased
                from worker_sessions w
               where w.closed_at is null and w.draining_at is null and w.lease_until > now()
                 and w.connected_at < now() - interval '10 s') s
          on n.queue = any (s.queues) and (s.tasks = '{}' or n.task_name = any (s.tasks))
         and n.handler = any (s.handlers) and s.labels @> n.labels and s.leased < s.slots`,
  },
  {
    invariant: 'I9',
    name: 'due-work-is-moved',
    holds: 'nothing stays among the delayed for 15 s after it fell due',
    sql: `select id, due_at from task_delayed where due_at < now() - interval '15 s'`,
  },
];
