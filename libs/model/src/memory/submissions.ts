import { noteEvent } from './note-event.js';
import type { KeyRow } from './rows.js';
import { at, statement, toNumbers, type MemoryStatements } from './statement.js';
import type { Tables } from './tables.js';
import { endWaiting } from './waiting.js';

const DAY_MS = 86_400_000;
const REPLACED = 'A newer submission with the same unique key took its place.';

export const SUBMISSION_STATEMENTS: MemoryStatements = {
  submission_find_answer: statement<[string]>((t, [id]) => {
    const found = t.submissions.get(id);
    return found !== undefined && found.created_at >= t.now - DAY_MS ? [{ answer: found.results }] : [];
  }),
  submission_claim_request: statement<[string]>((t, [request_id]) => {
    const found = t.submissions.get(request_id);
    if (found !== undefined && found.created_at >= t.now - DAY_MS) return [];
    if (found === undefined) t.submissions.insert(request_id, { request_id, results: 'null', created_at: t.now });
    else t.submissions.update(request_id, { results: 'null', created_at: t.now });
    return [{ request_id }];
  }),
  submission_answer_request: statement<[string, string]>((t, [id, results]) => {
    if (t.submissions.has(id)) t.submissions.update(id, { results });
    return [];
  }),
  submission_reserve_ids: statement<[number, number]>((t, [tasks, workflows]) => [
    ...Array.from({ length: tasks }, () => ({ kind: 'task', id: String(t.next('task_records')) })),
    ...Array.from({ length: workflows }, () => ({ kind: 'workflow', id: String(t.next('workflow_instances')) })),
  ]),
  submission_claim_keys: statement<[string[], string[], (string | null)[], (string | null)[], (string | null)[]]>(
    (t, [owners, keys, tasks, workflows, ttls]) =>
      owners.flatMap((task_or_workflow, index) => {
        const key = keys[index] ?? '';
        const held = t.keys.get(`${task_or_workflow} ${key}`);
        if (held !== undefined && !(held.expires_at !== null && held.expires_at <= t.now)) return [];
        const row = keyRow(t, task_or_workflow, key, tasks[index], workflows[index], ttls[index]);
        if (held === undefined) t.keys.insert(`${task_or_workflow} ${key}`, row);
        else t.keys.update(`${task_or_workflow} ${key}`, row);
        return [{ task_or_workflow, key }];
      }),
  ),
  submission_find_keys: statement<[string[], string[]]>((t, [owners, keys]) =>
    owners.flatMap((owner, index) => {
      const held = t.keys.get(`${owner} ${keys[index]}`);
      if (held === undefined || (held.expires_at !== null && held.expires_at <= t.now)) return [];
      return [{ owner, key: held.key, id: String(held.task_instance_id ?? held.workflow_instance_id) }];
    }),
  ),
  submission_hand_over_keys: statement<
    [string[], string[], (string | null)[], (string | null)[], (string | null)[], string[]]
  >((t, [owners, keys, tasks, workflows, ttls, holders]) =>
    owners.flatMap((owner, index) => {
      const key = keys[index] ?? '';
      const held = t.keys.get(`${owner} ${key}`);
      if (held === undefined || (held.task_instance_id ?? held.workflow_instance_id) !== Number(holders[index]))
        return [];
      t.keys.update(`${owner} ${key}`, keyRow(t, owner, key, tasks[index], workflows[index], ttls[index]));
      return [{ owner, key }];
    }),
  ),
  submission_dequeue_tasks: statement<[string[], string]>((t, [ids]) => {
    const fresh = [...toNumbers(ids)].filter((id) => t.records.get(id)?.status === 'queued');
    const end = { status: 'dequeued', reason: 'REPLACED', message: REPLACED, keepsKey: true } as const;
    const { ended, freed } = endWaiting(t, fresh, end);
    return ended.map((record) => ({ id: String(record.id), freed }));
  }),
  submission_dequeue_workflows: statement<[string[], string]>((t, [ids]) =>
    [...toNumbers(ids)].flatMap((id) => {
      if (t.runs.get(id)?.status !== 'queued') return [];
      t.runs.update(id, { status: 'dequeued', reason: 'REPLACED', message: REPLACED, finished_at: t.now });
      noteEvent(t, { workflow_instance_id: id, type: 'dequeued', reason: 'REPLACED' });
      return [{ id: String(id), freed: null }];
    }),
  ),
  event_insert: statement<[string, (string | null)[], (string | null)[], string[], (string | null)[]]>(
    (t, [, tasks, runs, types, reasons]) => {
      for (const [index, type] of types.entries()) {
        const task = at(tasks, index);
        const run = at(runs, index);
        noteEvent(t, {
          task_instance_id: task === null ? null : Number(task),
          workflow_instance_id: run === null ? null : Number(run),
          type,
          reason: at(reasons, index),
        });
      }
      return [];
    },
  ),
};

function keyRow(
  t: Tables,
  task_or_workflow: string,
  key: string,
  task: string | null | undefined,
  workflow: string | null | undefined,
  ttl: string | number | null | undefined,
): KeyRow {
  return {
    task_or_workflow,
    key,
    task_instance_id: task == null ? null : Number(task),
    workflow_instance_id: workflow == null ? null : Number(workflow),
    expires_at: ttl == null ? null : t.now + Number(ttl),
  };
}
