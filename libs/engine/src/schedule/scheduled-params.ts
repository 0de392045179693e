import {
  compileParams,
  type JsonObject,
  type JsonValue,
  type TaskDefinition,
  type WorkflowDefinition,
} from '@taskflow/domain';

export interface ScheduledParams {
  /** JSON text of the defaults. */
  readonly text: string;
  readonly params: JsonObject;
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
  return { text: JSON.stringify(params), params, fault: violation?.description };
}
