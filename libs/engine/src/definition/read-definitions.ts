import {
  definitionHash,
  fieldViolation,
  InvalidInput,
  parseTaskDefinition,
  parseWorkflowDefinition,
  type FieldViolation,
  type TaskDefinition,
  type WorkflowDefinition,
} from '@taskflow/domain';

/** A definition as it came from outside. */
export interface GivenDefinition {
  readonly kind: string;
  /** JSON value, as its author wrote it. */
  readonly spec: unknown;
}

export interface ReadTask {
  readonly kind: 'task';
  readonly name: string;
  readonly hash: string;
  readonly spec: TaskDefinition;
  /** The Workflow whose own Task it is. */
  readonly workflowName?: string | undefined;
  /** Where it stands in the request. */
  readonly field: string;
}

export interface ReadWorkflow {
  readonly kind: 'workflow';
  readonly name: string;
  readonly hash: string;
  readonly spec: WorkflowDefinition;
  readonly field: string;
}

export interface ReadDefinitions {
  /** In the order of the request. */
  readonly given: readonly (ReadTask | ReadWorkflow)[];
  /** Tasks that are written within a Workflow. */
  readonly inline: readonly ReadTask[];
}

const MOST_DEFINITIONS = 1000;

/** Reads every definition and gathers what is wrong in any of them. @throws InvalidInput */
export function readDefinitions(definitions: readonly GivenDefinition[]): ReadDefinitions {
  if (definitions.length === 0 || definitions.length > MOST_DEFINITIONS) {
    const wanted = `1 to ${MOST_DEFINITIONS} definitions`;
    throw InvalidInput.of('the request', [fieldViolation('definitions', `${definitions.length}`, wanted)]);
  }
  const violations: FieldViolation[] = [];
  const given = definitions.flatMap((definition, index) => readOne(definition, `definitions[${index}]`, violations));
  const inline = given.flatMap((definition) => (definition.kind === 'workflow' ? inlineTasks(definition) : []));
  violations.push(...repeatedNames([...given, ...inline]));
  if (violations.length > 0) throw InvalidInput.of('the definitions', violations);
  return { given, inline };
}

function readOne(
  { kind, spec }: GivenDefinition,
  field: string,
  violations: FieldViolation[],
): (ReadTask | ReadWorkflow)[] {
  try {
    if (kind === 'task') {
      const task = parseTaskDefinition(spec);
      return [{ kind, name: task.name, hash: definitionHash(task), spec: task, field }];
    }
    if (kind === 'workflow') {
      const workflow = parseWorkflowDefinition(spec);
      return [{ kind, name: workflow.name, hash: definitionHash(workflow), spec: workflow, field }];
    }
    violations.push(fieldViolation(`${field}.kind`, kind, '"task" or "workflow"'));
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    violations.push(...error.violations.map((violation) => within(field, violation)));
  }
  return [];
}

function within(field: string, violation: FieldViolation): FieldViolation {
  const path = violation.field === '' ? field : `${field}.${violation.field}`;
  return { ...violation, field: path, description: `${field}: ${violation.description}` };
}

function inlineTasks(workflow: ReadWorkflow): ReadTask[] {
  return workflow.spec.tasks.flatMap(({ inline }, index) =>
    inline === undefined
      ? []
      : [
          {
            kind: 'task' as const,
            name: inline.name,
            hash: definitionHash(inline),
            spec: inline,
            workflowName: workflow.name,
            field: `${workflow.field}.tasks[${index}]`,
          },
        ],
  );
}

function repeatedNames(definitions: readonly (ReadTask | ReadWorkflow)[]): FieldViolation[] {
  const first = new Map<string, string>();
  return definitions.flatMap(({ kind, name, field }) => {
    const key = `${kind} ${name}`;
    const before = first.get(key);
    if (before !== undefined) return [fieldViolation(`${field}.name`, name, `another name: ${before} has this one`)];
    first.set(key, field);
    return [];
  });
}
