import { knownWords } from '../error/did-you-mean.js';
import { InvalidInput, fieldViolation, type FieldViolation } from '../error/invalid-input.js';
import { checkedJson } from '../json.js';
import { attempt, isRecord, prefixed, type Read } from './read-strictly.js';
import { readOwnTask, type TaskDefinition } from './task-definition.js';
import { readWorkflow, type WorkflowDefinition } from './workflow-definition.js';

/** Largest definition, in bytes of JSON. */
const MAX_DEFINITION_BYTES = 1024 * 1024;

const MOVE_OUT = 'move data and scripts out of it';
const MAX_FILE_BYTES = 16 * MAX_DEFINITION_BYTES;

/**
 * Reads a task as an author may write it.
 *
 * @throws InvalidInput with a violation per field, or with reason `DEFINITION_TOO_LARGE`
 */
export function parseTaskDefinition(input: unknown): TaskDefinition {
  return parse('task', input, readOwnTask);
}

/**
 * Reads a workflow as an author may write it, and checks its graph: names, dependencies, cycles, references to outputs.
 *
 * @throws InvalidInput with a violation per field, or with reason `DEFINITION_TOO_LARGE`
 */
export function parseWorkflowDefinition(input: unknown): WorkflowDefinition {
  return parse('workflow', input, readWorkflow);
}

export interface DefinitionFile {
  readonly tasks: readonly TaskDefinition[];
  readonly workflows: readonly WorkflowDefinition[];
}

/**
 * Reads a file of definitions: `{tasks: […], workflows: […]}`, either of which may be absent. A name may stand once per kind.
 *
 * @throws InvalidInput with the violations of all definitions, each field with its place in the file
 */
export function parseDefinitionFile(input: unknown): DefinitionFile {
  const file: unknown = asJson('the file', input, MAX_FILE_BYTES, 'split it');
  const violations: FieldViolation[] = [];
  if (!isRecord(file)) {
    throw InvalidInput.of('the file', [fieldViolation('', file, 'an object with tasks, workflows or both')]);
  }
  for (const key of Object.keys(file).filter((name) => name !== 'tasks' && name !== 'workflows')) {
    violations.push(fieldViolation(key, key, `a known key; ${knownWords(key, ['tasks', 'workflows'])}`));
  }
  const tasks = readAll('tasks', file['tasks'], readOwnTask, violations);
  const workflows = readAll('workflows', file['workflows'], readWorkflow, violations);
  if (violations.length > 0) throw InvalidInput.of('the file', violations);
  return { tasks, workflows };
}

function parse<T>(kind: string, input: unknown, read: (input: unknown, field: string) => Read<T>): T {
  const name = isRecord(input) ? input['name'] : undefined;
  const subject = typeof name === 'string' ? `${kind} "${name.slice(0, 200)}"` : `the ${kind}`;
  const result = read(asJson(subject, input, MAX_DEFINITION_BYTES, MOVE_OUT), '');
  if (result.ok) return result.value;
  throw InvalidInput.of(subject, result.violations);
}

function asJson(subject: string, input: unknown, maxBytes: number, advice: string, field = ''): unknown {
  if (input === undefined) throw InvalidInput.of(subject, [fieldViolation(field, input, 'an object')]);
  return JSON.parse(checkedJson(input, { subject, field, maxBytes, advice, tooLarge: 'DEFINITION_TOO_LARGE' }));
}

function readAll<T extends { readonly name: string }>(
  key: string,
  given: unknown,
  read: (input: unknown, field: string) => Read<T>,
  violations: FieldViolation[],
): T[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) {
    violations.push(fieldViolation(key, given, 'a list of definitions'));
    return [];
  }
  const seen = new Map<string, string>();
  return given.flatMap((item: unknown, index) => {
    const field = `${key}[${index}]`;
    const sized = attempt(() => asJson('the definition', item, MAX_DEFINITION_BYTES, MOVE_OUT, field));
    const result = sized.ok ? read(sized.value, field) : sized;
    if (!result.ok) {
      violations.push(...result.violations);
      return [];
    }
    const { name } = result.value;
    const first = seen.get(name);
    if (first !== undefined)
      violations.push(fieldViolation(prefixed(field, 'name'), name, `another name: ${first} has this one`));
    seen.set(name, field);
    return [result.value];
  });
}
