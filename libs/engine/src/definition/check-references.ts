import { fieldViolation, InvalidInput, type FieldViolation } from '@taskflow/domain';
import { findCurrent, type CurrentDefinition, type Queryable } from '@taskflow/store';
import type { ReadDefinitions, ReadTask, ReadWorkflow } from './read-definitions.js';

/**
 * Checks what definitions say of others: that each Task which a Workflow names is registered or is so by this call, and that
 * no name is taken by a Task of another owner. @throws InvalidInput
 */
export async function checkReferences(
  q: Queryable,
  { given, inline }: ReadDefinitions,
  current: ReadonlyMap<string, CurrentDefinition>,
): Promise<void> {
  const tasks = [...given, ...inline].filter((definition) => definition.kind === 'task');
  const violations = [
    ...tasks.flatMap((task) => ownerFault(task, current.get(`task ${task.name}`))),
    ...(await unknownTasks(q, given, new Set(tasks.map((task) => task.name)))),
  ];
  if (violations.length > 0) throw InvalidInput.of('the definitions', violations);
}

function ownerFault(task: ReadTask, current: CurrentDefinition | undefined): FieldViolation[] {
  if (!current?.registered || current.workflow_name === (task.workflowName ?? null)) return [];
  const owner =
    current.workflow_name === null ? 'is a Task of its own' : `belongs to Workflow ${current.workflow_name}`;
  return [fieldViolation(`${task.field}.name`, task.name, `another name: the registered Task "${task.name}" ${owner}`)];
}

async function unknownTasks(
  q: Queryable,
  given: readonly (ReadTask | ReadWorkflow)[],
  here: ReadonlySet<string>,
): Promise<FieldViolation[]> {
  const named = given.flatMap((definition) =>
    definition.kind === 'task'
      ? []
      : definition.spec.tasks.flatMap(({ task, inline }, index) =>
          inline !== undefined || here.has(task) ? [] : [{ task, field: `${definition.field}.tasks[${index}].task` }],
        ),
  );
  if (named.length === 0) return [];
  const names = [...new Set(named.map(({ task }) => task))];
  const rows = await findCurrent(
    q,
    names.map((name) => ({ kind: 'task', name, hash: '' })),
  );
  const registered = new Set(rows.filter((row) => row.registered).map((row) => row.name));
  const wanted = 'a registered Task, or fields of its own (handler, bash, …)';
  return named
    .filter(({ task }) => !registered.has(task))
    .map(({ task, field }) => fieldViolation(field, task, wanted));
}
