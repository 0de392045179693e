import { isTaskflowError, resolveTemplates, type JsonObject, type TaskDefinition } from '@taskflow/domain';

/** Concurrency limits of an instance, position by position; absent when it has none. */
export interface InstanceLimits {
  readonly limitKeys?: readonly string[];
  readonly limitMaxima?: readonly number[];
}

/**
 * The limits that an instance with these params falls under: its Task's `concurrency`, then its `limits` with keys resolved.
 *
 * @throws InvalidInput when a key refers to a param that is not there
 */
export function limitsOf(spec: TaskDefinition, params: JsonObject): InstanceLimits {
  return limitsBy(spec, (key) => resolvedKey(key, params));
}

/**
 * The limits of a node of a workflow, whose params may still hold references: where a key cannot be resolved, it is used as
 * it is written, so that all such instances share one limit instead of having none.
 */
export function nodeLimitsOf(spec: TaskDefinition, params: JsonObject): InstanceLimits {
  return limitsBy(spec, (key) => {
    try {
      return resolvedKey(key, params);
    } catch (error) {
      if (isTaskflowError(error)) return key;
      throw error;
    }
  });
}

function limitsBy(spec: TaskDefinition, resolve: (key: string) => string): InstanceLimits {
  const own = spec.concurrency === undefined ? [] : [{ key: `task:${spec.name}`, max: spec.concurrency }];
  const keyed = (spec.limits ?? []).map(({ key, max }) => ({ key: resolve(key), max }));
  const limits = [...own, ...keyed];
  if (limits.length === 0) return {};
  return { limitKeys: limits.map((limit) => limit.key), limitMaxima: limits.map((limit) => limit.max) };
}

function resolvedKey(key: string, params: JsonObject): string {
  return String(resolveTemplates(key, { params, run: {} }, 'limits.key'));
}
