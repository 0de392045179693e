import { existsSync, readFileSync } from 'node:fs';
import { audit, type ExternalJobs } from '@taskflow/audit';
import type { Db } from '@taskflow/store';
import { strayCommands } from './stray-commands.js';
import type { Submitted, ToldEnd } from './load.js';

/** Something that must not be, with the rows that prove it. */
export interface Finding {
  readonly what: string;
  readonly rows: readonly unknown[];
}

export interface Evidence {
  readonly db: Db;
  readonly submitted: readonly Submitted[];
  readonly told: readonly ToldEnd[];
  readonly pushJournal: string;
  /** What the destinations outside say of their jobs. */
  readonly externalJobs: readonly ExternalJobs[];
}

interface Ended {
  readonly id: string;
  readonly tag: string | null;
  readonly status: string;
  readonly reason: string | null;
  readonly output: string | null;
  readonly finished_at: Date;
}

const ENDED = {
  task: `select id, params ->> 'tag' as tag, status, reason, output::text as output, finished_at from task_records
          where workflow_instance_id is null and schedule_id is null`,
  workflow: `select id, params ->> 'tag' as tag, status, reason, output::text as output, finished_at from workflow_instances`,
};

const KEY_OVERLAPS = `
  select a.unique_key, a.id, b.id as other from task_records a join task_records b
      on a.unique_key = b.unique_key and a.id < b.id and b.created_at < a.finished_at and a.created_at < b.finished_at`;

const TURN_OVERLAPS = `
  select a.id, b.id as other, a.created_at, a.finished_at, b.created_at as other_created_at
    from task_records a join task_records b
      on a.id < b.id and b.created_at < a.finished_at and a.created_at < b.finished_at
   where a.task_name = 'turn' and b.task_name = 'turn'`;

/** Every slot from the first to the last has its row, and was fired until the task was switched off, if its turn had come. */
const SLOT_GAPS = `
  select c.target_name, every.slot, s.outcome, s.reason
    from schedules c
   cross join lateral (select min(slot) as first, max(slot) as last from schedule_slots where schedule_id = c.id) span
   cross join lateral generate_series(span.first, span.last, interval '1 s') every(slot)
    left join schedule_slots s on s.schedule_id = c.id and s.slot = every.slot
   where s.outcome is null or s.outcome not in ('fired', 'skipped_inactive')
         and not (s.outcome = 'skipped_overlap' and c.target_name = 'turn')`;

const PUSH_ATTEMPTS = `
  select r.id, count(a.attempt)::int as attempts, r.status
    from task_records r left join task_attempts a on a.task_instance_id = r.id
   where r.task_name like 'pushed%' group by r.id`;

/** Looks at what is left when everything has ended. */
export async function findFaults({ db, submitted, told, pushJournal, externalJobs }: Evidence): Promise<Finding[]> {
  const ask = <Row extends object>(text: string): Promise<Row[]> => db.query<Row>({ name: '', text });
  const violations = await audit(db, { externalJobs });
  const tasks = await ask<Ended>(ENDED.task);
  const runs = await ask<Ended>(ENDED.workflow);
  const pushes = await ask<{ id: string; attempts: number; status: string }>(PUSH_ATTEMPTS);
  const ended = new Map([...tasks.map(keyed('task')), ...runs.map(keyed('workflow'))]);
  const found: Finding[] = [
    ...violations.map(({ invariant, check, holds, rows }) => ({ what: `${invariant} ${check}: ${holds}`, rows })),
    ...outcomes(submitted, ended),
    { what: 'the end that a client was told of is the end', rows: revoked(told, ended) },
    { what: 'one submission, one instance', rows: doubles([...tasks, ...runs]) },
    { what: 'a unique key is held by one instance at a time', rows: await ask(KEY_OVERLAPS) },
    { what: 'a schedule that skips overlaps has one instance at a time', rows: await ask(TURN_OVERLAPS) },
    { what: 'every slot of a schedule each second was fired', rows: await ask(SLOT_GAPS) },
    { what: 'one external job for each push attempt at most, one for each success', rows: jobs(pushes, pushJournal) },
    { what: 'no command outlives the end of its instance', rows: await strayCommands(pushJournal) },
  ];
  return found.filter(({ rows }) => rows.length > 0);
}

const keyed =
  (kind: string) =>
  (ended: Ended): [string, Ended] => [`${kind} ${ended.id}`, ended];

function outcomes(submitted: readonly Submitted[], ended: ReadonlyMap<string, Ended>): Finding[] {
  const missing = submitted.filter(({ kind, id }) => !ended.has(`${kind} ${id}`));
  const wrong = submitted.flatMap(({ kind, name, id, expected }) => {
    const is = ended.get(`${kind} ${id}`);
    if (is === undefined) return [];
    const sameOutput = expected.output === undefined || squeeze(is.output) === squeeze(expected.output);
    if (is.status === expected.status && sameOutput) return [];
    return [{ kind, name, id, expected, is }];
  });
  return [
    { what: 'an acknowledged submission is kept', rows: missing.map(({ kind, name, id }) => ({ kind, name, id })) },
    { what: 'an instance ends as its task must, with the right output', rows: wrong },
  ];
}

/** Ends that were told and then taken back, as a crash of Postgres would whose commit had not reached the disk. */
function revoked(told: readonly ToldEnd[], ended: ReadonlyMap<string, Ended>): object[] {
  return told.flatMap((end) => {
    const is = ended.get(`${end.kind} ${end.id}`);
    const apartMs = Math.abs((is?.finished_at.getTime() ?? 0) - (end.finishedAt?.getTime() ?? 0));
    return is?.status === end.status && apartMs <= 1 ? [] : [{ ...end, is }];
  });
}

const squeeze = (json: string | null): string | null => json && JSON.stringify(JSON.parse(json));

function doubles(instances: readonly Ended[]): object[] {
  const byTag = Map.groupBy(
    instances.filter(({ tag }) => tag !== null),
    ({ tag }) => tag,
  );
  return [...byTag].flatMap(([tag, same]) => (same.length > 1 ? [{ tag, ids: same.map(({ id }) => id) }] : []));
}

function jobs(pushes: readonly { id: string; attempts: number; status: string }[], journal: string): object[] {
  const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n') : [];
  const ran = Map.groupBy(lines, (line) => line);
  return pushes.flatMap(({ id, attempts, status }) => {
    const count = ran.get(id)?.length ?? 0;
    const good = count <= attempts && (status !== 'success' || count > 0);
    return good ? [] : [{ id, attempts, status, ran: count }];
  });
}
