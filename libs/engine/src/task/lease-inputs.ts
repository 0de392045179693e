import { referencedTasks, type JsonObject, type JsonValue, type WorkflowDefinition } from '@taskflow/domain';
import { loadInputs, type ClaimedTask, type InputRow, type Queryable } from '@taskflow/store';
import { workflowSpecs } from '../definition/version-cache.js';

/** What a task of a workflow can reach. */
export interface LeaseInputs {
  /** Outputs of the tasks that it depends on, by key, as JSON. */
  readonly json: string;
  /** Params of its workflow instance. */
  readonly params: JsonObject;
  readonly tasks: Readonly<Record<string, { readonly output: JsonValue }>>;
  readonly run: JsonObject;
  readonly scheduledFor?: Date | undefined;
}

interface Needs {
  /** Tasks that it depends on. */
  readonly inputs: readonly string[];
  /** These, and the tasks that its templates name. */
  readonly keys: readonly string[];
}

const needs = new WeakMap<WorkflowDefinition, Map<string, Needs>>();

/** What each claimed task of a workflow needs, by task instance id, in one statement for all of them; others are absent. */
export async function leaseInputs(q: Queryable, claimed: readonly ClaimedTask[]): Promise<Map<string, LeaseInputs>> {
  const found = new Map<string, LeaseInputs>();
  const nodes = claimed.filter((task) => task.workflow_instance_id !== null);
  if (nodes.length === 0) return found;
  const specs = await workflowSpecs(
    q,
    nodes.map((task) => task.workflow_version_id ?? ''),
  );
  const wanted = nodes.map((task) => ({
    task,
    run: task.workflow_instance_id ?? '',
    needs: needsOf(specs.get(task.workflow_version_id ?? ''), task.node_key ?? ''),
  }));
  const pairs = new Map(
    wanted.flatMap(({ run, needs: { keys } }) =>
      keys.map((key) => [`${run} ${key}`, { workflowInstanceId: run, key }] as const),
    ),
  );
  const rows = await loadInputs(q, [...new Set(wanted.map(({ run }) => run))], [...pairs.values()]);
  const runs = new Map<string, { params: JsonObject; row: InputRow }>();
  const outputs = new Map<string, string>();
  for (const row of rows) {
    const { workflow_instance_id: run, node_key: key, value } = row;
    if (key === null) runs.set(run, { params: JSON.parse(value ?? '{}') as JsonObject, row });
    else outputs.set(`${run} ${key}`, value ?? 'null');
  }
  for (const {
    task,
    run,
    needs: { inputs, keys },
  } of wanted) {
    const instance = runs.get(run);
    const scheduledFor = instance?.row.scheduled_for ?? undefined;
    const text = (key: string): string => outputs.get(`${run} ${key}`) ?? 'null';
    const known = keys.filter((key) => outputs.has(`${run} ${key}`));
    found.set(task.id, {
      json: `{${inputs.map((key) => `${JSON.stringify(key)}:${text(key)}`).join(',')}}`,
      params: instance?.params ?? {},
      get tasks() {
        return Object.fromEntries(known.map((key) => [key, { output: JSON.parse(text(key)) as JsonValue }]));
      },
      run: { id: run, workflow: task.workflow_name, scheduled_for: scheduledFor?.toISOString() ?? null },
      scheduledFor,
    });
  }
  return found;
}

function needsOf(definition: WorkflowDefinition | undefined, key: string): Needs {
  if (definition === undefined) return { inputs: [], keys: [] };
  const known =
    needs.get(definition) ?? new Map<string, Needs>(definition.tasks.map((node) => [node.key, needsOfNode(node)]));
  needs.set(definition, known);
  return known.get(key) ?? { inputs: [], keys: [] };
}

function needsOfNode(node: WorkflowDefinition['tasks'][number]): Needs {
  const fields: JsonValue[] = [node.params ?? {}];
  if (node.inline && 'bash' in node.inline.run) {
    const { bash: _script, ...streams } = node.inline.run;
    fields.push(JSON.parse(JSON.stringify(streams)) as JsonValue);
  }
  if (node.inline?.push !== undefined) fields.push(node.inline.push);
  const named = fields.flatMap((field) => referencedTasks(field).map((reference) => reference.key));
  return { inputs: node.depends_on, keys: [...new Set([...node.depends_on, ...named])] };
}
