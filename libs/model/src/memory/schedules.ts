import type { ScheduleRow, SlotRow } from './rows.js';
import { at, orNow, statement, toDate, toText, type MemoryStatements } from './statement.js';
import type { Tables } from './tables.js';

const OPEN = ['waiting', 'queued', 'pushed', 'running', 'retry'];
const NEWEST = 20;

export const SCHEDULE_STATEMENTS: MemoryStatements = {
  schedule_lock_due: statement<[number, Date | null]>((t, [limit, now]) =>
    t.schedules
      .all(({ active, next_at }) => active && next_at !== null && next_at <= orNow(t, now))
      .sort((a, b) => (a.next_at ?? 0) - (b.next_at ?? 0) || a.id - b.id)
      .slice(0, limit)
      .map((schedule) => due(t, schedule, now)),
  ),
  schedule_insert_slots: statement<[string[], Date[], string[], string[], string, (string | null)[]?]>(
    (t, [schedules, moments, outcomes, reasons, term, fires = []]) =>
      schedules.flatMap((text, index) => {
        const schedule_id = Number(text);
        const slot = moments[index]?.getTime() ?? 0;
        if (t.slots.has(`${schedule_id} ${slot}`)) return [];
        const outcome = outcomes[index] ?? '';
        const task_instance_id = fires[index] === 'task' ? t.next('task_records') : null;
        const workflow_instance_id = fires[index] === 'workflow' ? t.next('workflow_instances') : null;
        t.slots.insert(`${schedule_id} ${slot}`, {
          schedule_id,
          slot,
          outcome,
          reason: reasons[index] ?? '',
          task_instance_id,
          workflow_instance_id,
          term: Number(term),
        });
        const instance_id = toText(task_instance_id ?? workflow_instance_id);
        return [{ schedule_id: text, slot: toDate(slot), outcome, instance_id }];
      }),
  ),
  schedule_link_task_slots: statement<[string[]]>((t, [ids]) => {
    for (const id of ids) {
      const record = t.records.get(Number(id));
      const key = `${record?.schedule_id} ${record?.scheduled_for}`;
      if (record !== undefined && t.slots.has(key)) t.slots.update(key, { task_instance_id: record.id });
    }
    return [];
  }),
  schedule_link_workflow_slots: statement<[string[]]>((t, [ids]) => {
    for (const id of ids) {
      const run = t.runs.get(Number(id));
      const key = `${run?.schedule_id} ${run?.scheduled_for}`;
      if (run !== undefined && t.slots.has(key)) t.slots.update(key, { workflow_instance_id: run.id });
    }
    return [];
  }),
  schedule_move_high_water: statement<[string[], string[], Date[], (Date | null)[]]>(
    (t, [ids, revisions, marks, nexts]) => {
      for (const [index, id] of ids.entries()) {
        const schedule = t.schedules.get(Number(id));
        if (schedule === undefined || schedule.revision !== Number(revisions[index])) continue;
        const next = at(nexts, index);
        t.schedules.update(schedule.id, {
          high_water: marks[index]?.getTime() ?? schedule.high_water,
          next_at: next?.getTime() ?? null,
        });
      }
      return [];
    },
  ),
  schedule_open_runs: statement<[string[]]>((t, [ids]) =>
    ids.map((id) => {
      const open = newestFired(t, Number(id)).filter((slot) => isOpen(t, slot));
      return {
        schedule_id: id,
        buffered: t.slots.all((slot) => slot.schedule_id === Number(id) && slot.outcome === 'buffered').length,
        tasks: open.flatMap((slot) => toText(slot.task_instance_id) ?? []),
        workflows: open.flatMap((slot) => toText(slot.workflow_instance_id) ?? []),
      };
    }),
  ),
  schedule_lock_buffered: statement<[number, Date | null]>((t, [limit, now]) =>
    t.schedules
      .all((schedule) => schedule.paused_at === null)
      .flatMap((schedule) => {
        const buffered = t.slots.all((slot) => slot.schedule_id === schedule.id && slot.outcome === 'buffered');
        if (buffered.length === 0 || newestFired(t, schedule.id).some((slot) => isOpen(t, slot))) return [];
        return [{ schedule, slot: Math.min(...buffered.map((slot) => slot.slot)) }];
      })
      .sort((a, b) => a.slot - b.slot || a.schedule.id - b.schedule.id)
      .slice(0, limit)
      .map(({ schedule, slot }) => ({ ...due(t, schedule, now), slot: toDate(slot) })),
  ),
  schedule_release_buffered: statement<[string[], Date[], string[], string[], string]>(
    (t, [schedules, moments, outcomes, reasons, term]) =>
      schedules.flatMap((schedule_id, index) => {
        const key = `${schedule_id} ${moments[index]?.getTime()}`;
        if (t.slots.get(key)?.outcome !== 'buffered') return [];
        const change = { outcome: outcomes[index] ?? '', reason: reasons[index] ?? '', term: Number(term) };
        const { slot, outcome } = t.slots.update(key, change);
        return [{ schedule_id, slot: toDate(slot), outcome }];
      }),
  ),
};

function newestFired(t: Tables, scheduleId: number): SlotRow[] {
  return t.slots
    .all((slot) => slot.schedule_id === scheduleId && slot.outcome === 'fired')
    .sort((a, b) => b.slot - a.slot)
    .slice(0, NEWEST);
}

function isOpen(t: Tables, slot: SlotRow): boolean {
  const task = slot.task_instance_id === null ? undefined : t.records.get(slot.task_instance_id);
  const run = slot.workflow_instance_id === null ? undefined : t.runs.get(slot.workflow_instance_id);
  return OPEN.includes(task?.status ?? run?.status ?? '');
}

function due(t: Tables, schedule: ScheduleRow, now: Date | null) {
  const target = (schedule.kind === 'task' ? t.tasks : t.workflows).get(schedule.target_name);
  return {
    id: String(schedule.id),
    kind: schedule.kind,
    target_name: schedule.target_name,
    spec: schedule.spec,
    paused_at: toDate(schedule.paused_at),
    high_water: toDate(schedule.high_water),
    revision: String(schedule.revision),
    target_active: target?.active ?? false,
    version_id: toText(target?.version_id ?? null),
    lane_id: schedule.kind === 'task' ? (target?.lane_id ?? null) : null,
    priority: target?.default_priority ?? null,
    now: toDate(orNow(t, now)),
  };
}
