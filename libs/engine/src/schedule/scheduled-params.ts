import {
  compileParams,
  isTaskflowError,
  type JsonObject,
  type JsonValue,
  type TaskDefinition,
  type WorkflowDefinition,
} from '@taskflow/domain';
import { limitsOf, type InstanceLimits } from '../task/limits-of.js';

export interface ScheduledParams {
  /** JSON text of the defaults. */
  readonly text: string;
  /** Of an instance with these params; none for a Workflow. */
  readonly limits: InstanceLimits;
  /** Why no instance can be made of them; undefined when they are valid. */
  readonly fault: string | undefined;
}

const known = new WeakMap<TaskDefinition | WorkflowDefinition, ScheduledParams>();

/** The params of an instance that a schedule makes: the definition's defaults, which must satisfy its schema. */
export function scheduledParams(definition: TaskDefinition | WorkflowDefinition): ScheduledParams {
  const made = known.get(definition) ?? makeParams(definition);
  known.set(definition, made);
  return made;
}

function makeParams(definition: TaskDefinition | WorkflowDefinition): ScheduledParams {
  const defaults = 'defaults' in definition ? definition.defaults : undefined;
  const params: Record<string, JsonValue> = structuredClone({ ...defaults });
  const [violation] = definition.params ? compileParams(definition.params).check(params, 'params') : [];
  const text = JSON.stringify(params);
  if (violation) return { text, limits: {}, fault: violation.description };
  return { text, ...limitsWith(definition, params) };
}

function limitsWith(
  definition: TaskDefinition | WorkflowDefinition,
  params: JsonObject,
): Pick<ScheduledParams, 'limits' | 'fault'> {
  if (!('run' in definition)) return { limits: {}, fault: undefined };
  try {
    return { limits: limitsOf(definition, params), fault: undefined };
  } catch (error) {
    if (isTaskflowError(error)) return { limits: {}, fault: error.message };
    throw error;
  }
}
