import type { TaskDefinition } from '@taskflow/domain';
import { ensureLanes, ensureVersions, upsertTasks, upsertWorkflows, type Lane, type Queryable } from '@taskflow/store';
import type { ReadTask, ReadWorkflow } from './read-definitions.js';

/** Stores definitions and makes them current; gives their version ids in order. */
export async function writeDefinitions(
  q: Queryable,
  definitions: readonly (ReadTask | ReadWorkflow)[],
): Promise<string[]> {
  const versionIds = await ensureVersions(
    q,
    definitions.map(({ kind, name, hash, spec }) => ({ kind, name, hash, spec: JSON.stringify(spec) })),
  );
  const versioned = definitions.map((definition, index) => ({ definition, versionId: versionIds[index] ?? '' }));
  await writeTasks(
    q,
    versioned.flatMap(({ definition, versionId }) => (definition.kind === 'task' ? [{ definition, versionId }] : [])),
  );
  const workflows = versioned.flatMap(({ definition: { kind, spec }, versionId }) =>
    kind === 'workflow' ? [{ ...spec, versionId, defaultPriority: spec.default_priority }] : [],
  );
  if (workflows.length > 0) await upsertWorkflows(q, workflows);
  return versionIds;
}

async function writeTasks(
  q: Queryable,
  tasks: readonly { readonly definition: ReadTask; readonly versionId: string }[],
): Promise<void> {
  if (tasks.length === 0) return;
  const lanes = await ensureLanes(
    q,
    tasks.map(({ definition }) => laneOf(definition.spec)),
  );
  await upsertTasks(
    q,
    tasks.map(({ definition: { spec, workflowName }, versionId }, index) => ({
      ...spec,
      versionId,
      laneId: lanes[index]?.id ?? 0,
      defaultPriority: spec.default_priority,
      pushDestination: spec.push_destination,
      workflowName,
    })),
  );
}

/** What a claim matches on, in the Task's own queue or in another. */
export function laneOf(spec: TaskDefinition, queue: string = spec.queue): Lane {
  return {
    queue,
    taskName: spec.name,
    handler: 'bash' in spec.run ? BASH_HANDLER : spec.run.handler,
    labels: spec.labels ?? {},
    destination: spec.push_destination,
  };
}

/** Handler that stands for Bash commands; no name of a definition begins with `@`. */
const BASH_HANDLER = '@bash';
