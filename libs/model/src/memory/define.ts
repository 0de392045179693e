import { definitionHash } from '@taskflow/domain';
import type { Scenario } from '../world/scenario.js';
import type { Tables } from './tables.js';

/** Registers what a story is about, as a registration would leave it. */
export function define(t: Tables, { tasks, workflows, schedules }: Scenario): void {
  for (const task of tasks) {
    const lane_id = t.next('lanes');
    const handler = 'handler' in task.run ? task.run.handler : '@bash';
    t.lanes.insert(lane_id, {
      id: lane_id,
      queue: task.queue,
      task_name: task.name,
      handler,
      labels: task.labels ?? {},
    });
    const { name, active, default_priority } = task;
    const version_id = addVersion(t, 'task', name, task);
    t.tasks.insert(name, {
      name,
      active,
      version_id,
      lane_id,
      default_priority,
      concurrency: task.concurrency ?? null,
    });
  }
  for (const workflow of workflows) {
    const { name, active, default_priority, concurrency = null } = workflow;
    const version_id = addVersion(t, 'workflow', name, workflow);
    t.workflows.insert(name, { name, active, version_id, lane_id: 0, default_priority, concurrency });
  }
  for (const { kind, target, everyMs, spec } of schedules) {
    const id = t.next('schedules');
    t.schedules.insert(id, {
      id,
      kind,
      target_name: target,
      spec,
      active: true,
      paused_at: null,
      high_water: t.now,
      next_at: t.now + everyMs,
      revision: 1,
    });
  }
}

const texts = new WeakMap<object, { hash: string; spec: string }>();

function addVersion(
  t: Tables,
  kind: 'task' | 'workflow',
  name: string,
  definition: Parameters<typeof definitionHash>[0],
): number {
  const text = texts.get(definition) ?? { hash: definitionHash(definition), spec: JSON.stringify(definition) };
  texts.set(definition, text);
  const id = t.next('definition_versions');
  t.versions.insert(id, { id, kind, name, ...text });
  return id;
}
