import { insertAlike } from './insert-tasks.js';
import { NOT_STARTED } from './runs.js';
import { statement, type MemoryStatements } from './statement.js';
import type { Tables } from './tables.js';

const DAY_MS = 86_400_000;

export const SUBMIT_STATEMENTS: MemoryStatements = {
  submission_submit_run: statement<RunValues>((t, values) => {
    const [request, digest, workflow_name, version, usual, priority, params, nodes_total] = values;
    const target = t.workflows.get(workflow_name);
    if (target?.version_id !== Number(version) || target.default_priority !== usual) return [];
    return answer(t, request, digest, 1, 'workflow_instances').map((id) => {
      t.runs.insert(id, {
        ...NOT_STARTED,
        id,
        workflow_name,
        version_id: Number(version),
        priority,
        params,
        run_at: t.now,
        scheduled_for: null,
        schedule_id: null,
        unique_key: null,
        run_number: 1,
        nodes_total,
        nodes_done: 0,
      });
      return { id: String(id) };
    });
  }),
  submission_submit_tasks: statement<SubmitValues>((t, values) => make(t, values).map((id) => queue(t, values, id))),
  submission_submit_leased: statement<[...SubmitValues, sessionId: string, claimId: string]>((t, values) => {
    const [sessionId, claim_id] = [Number(values[13]), values[14]];
    const session = t.sessions.get(sessionId);
    const waits = session?.closed_at === null && session.draining_at === null && session.lease_until > t.now;
    return make(t, values.slice(0, 13) as SubmitValues).map((id) => {
      if (!waits) return queue(t, values.slice(0, 13) as SubmitValues, id);
      const lane_id = values[4];
      const lease_id = t.next('lease_ids');
      t.leases.insert(id, {
        id,
        attempt: 1,
        lease_id,
        session_id: sessionId,
        claim_id,
        lane_id,
        flags: 0,
        leased_at: t.now,
        deadline_at: null,
        cancel_requested_at: null,
        cancel_reason: null,
      });
      return { id: String(id), lease_id: String(lease_id), handler: t.lanes.get(lane_id)?.handler ?? '' };
    });
  }),
};

/** The records, where the Task is as it is thought to be and the request is a new one. */
function make(t: Tables, values: SubmitValues): number[] {
  const [request, digest, task_name, version, lane_id, usual, priority, , timeout_ms, , , , params] = values;
  const target = t.tasks.get(task_name);
  if (target?.version_id !== Number(version) || target.lane_id !== lane_id) return [];
  if (target.default_priority !== usual) return [];
  const ids = answer(t, request, digest, params.length, 'task_records');
  const alike = { task_name, version_id: Number(version), lane_id, priority, timeout_ms, now: t.now };
  for (const [index, id] of ids.entries()) insertAlike(t, id, { ...alike, params: params[index] ?? null });
  return ids;
}

/** New ids as the answer to a request; none where it has one. */
function answer(t: Tables, request: string | null, digest: string | null, count: number, sequence: string): number[] {
  const known = request === null ? undefined : t.submissions.get(request);
  if (known !== undefined && known.created_at >= t.now - DAY_MS) return [];
  const ids = Array.from({ length: count }, () => t.next(sequence));
  if (request === null) return ids;
  const row = { request_id: request, results: JSON.stringify({ digest, items: ids.map(String) }), created_at: t.now };
  if (known === undefined) t.submissions.insert(request, row);
  else t.submissions.update(request, row);
  return ids;
}

function queue(t: Tables, values: SubmitValues, id: number): object {
  t.queue.insert(id, { lane_id: values[4], rank: t.now + Number(values[7]), id, attempt: 0, flags: 0 });
  return { id: String(id), lease_id: null, handler: null };
}

type SubmitValues = [
  requestId: string | null,
  digest: string | null,
  task: string,
  version: string,
  lane: number,
  defaultPriority: string,
  priority: string,
  rankOffset: number,
  timeoutMs: number | null,
  traceParent: unknown,
  traceState: unknown,
  submittedBy: unknown,
  params: (string | null)[],
];

type RunValues = [
  requestId: string | null,
  digest: string | null,
  workflow: string,
  version: string,
  defaultPriority: string,
  priority: string,
  params: string,
  nodesTotal: number,
];
