import type { Queryable, Statement } from '../db.js';

/**
 * The lanes of these combinations, made where they are missing.
 *
 * Locks: none but those of new rows. Index: lanes (queue, task_name, handler, labels, destination). Idempotent: yes; a lane
 * that someone else made since this statement began is absent from its answer. Caller: applyDefinitions, submit to another queue.
 */
export const ensureLanesStatement: Statement = {
  name: 'definition_ensure_lanes',
  text: `
with input as materialized (
  select u.ord, u.queue, u.task_name, u.handler, u.labels::jsonb as labels, u.destination, l.id
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
         with ordinality as u (queue, task_name, handler, labels, destination, ord)
    left join lanes l on l.queue = u.queue and l.task_name = u.task_name and l.handler = u.handler
                     and l.labels = u.labels::jsonb and l.destination is not distinct from u.destination
), made as (
  insert into lanes (queue, task_name, handler, labels, destination)
  select distinct queue, task_name, handler, labels, destination from input where id is null
  on conflict do nothing
  returning id, queue, task_name, handler, labels, destination
)
select i.ord::integer - 1 as index, coalesce(i.id, m.id) as id, m.id is not null as created
  from input i
  left join made m on m.queue = i.queue and m.task_name = i.task_name and m.handler = i.handler
                  and m.labels = i.labels and m.destination is not distinct from i.destination
 order by i.ord`,
};

export interface Lane {
  readonly queue: string;
  readonly taskName: string;
  readonly handler: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Push destination; absent for pull workers. */
  readonly destination?: string | undefined;
}

export interface EnsuredLane {
  readonly id: number;
  readonly created: boolean;
}

/** In the order of the lanes that were asked for. */
export async function ensureLanes(q: Queryable, lanes: readonly Lane[]): Promise<EnsuredLane[]> {
  const values = [
    lanes.map((lane) => lane.queue),
    lanes.map((lane) => lane.taskName),
    lanes.map((lane) => lane.handler),
    lanes.map((lane) => JSON.stringify(lane.labels)),
    lanes.map((lane) => lane.destination ?? null),
  ];
  for (;;) {
    const rows = await q.query<{ id: number | null; created: boolean }>(ensureLanesStatement, values);
    const found = rows.flatMap(({ id, created }) => (id === null ? [] : [{ id, created }]));
    if (found.length === lanes.length) return found;
  }
}
