import type { Tables } from '../memory/tables.js';
import { BEGIN, type Scenario } from '../world/scenario.js';
import { fail } from './fail.js';

/** I5: every slot up to the mark is decided, once, and has an instance exactly when it was fired. */
export function checkSlots(t: Tables, scenario: Scenario): void {
  if (scenario.schedules.length === 0) return;
  const made = new Map<string, number>();
  for (const table of [t.records, t.runs]) {
    for (const { schedule_id: schedule, scheduled_for: slot } of table.values()) {
      if (schedule !== null) made.set(`${schedule} ${slot}`, (made.get(`${schedule} ${slot}`) ?? 0) + 1);
    }
  }
  const decided = new Map<number, number>();
  for (const { schedule_id: schedule, slot, outcome, task_instance_id, workflow_instance_id } of t.slots.values()) {
    decided.set(schedule, (decided.get(schedule) ?? 0) + 1);
    const everyMs = scenario.schedules[schedule - 1]?.everyMs ?? 1;
    if ((slot - BEGIN) % everyMs !== 0) fail('I5', `schedule ${schedule} has no slot at ${slot - BEGIN} ms`);
    const instances = made.get(`${schedule} ${slot}`) ?? 0;
    const named = task_instance_id !== null || workflow_instance_id !== null;
    if (instances !== (outcome === 'fired' ? 1 : 0) || named !== (outcome === 'fired')) {
      fail('I5', `the slot of schedule ${schedule} at ${slot - BEGIN} ms is ${outcome} and has ${instances} instances`);
    }
    made.delete(`${schedule} ${slot}`);
  }
  for (const key of made.keys()) fail('I5', `an instance was made for the slot ${key}, which was never decided`);
  for (const { id, high_water } of t.schedules.values()) {
    const everyMs = scenario.schedules[id - 1]?.everyMs ?? 1;
    const due = Math.floor((high_water - BEGIN) / everyMs);
    if ((decided.get(id) ?? 0) !== due)
      fail('I5', `schedule ${id} has decided ${decided.get(id) ?? 0} of ${due} slots`);
  }
}
