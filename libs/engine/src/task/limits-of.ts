import { resolveTemplates, type JsonObject, type TaskDefinition } from '@taskflow/domain';

/** Concurrency limits of an instance, position by position; absent when it has none. */
export interface InstanceLimits {
  readonly limitKeys?: readonly string[];
  readonly limitMaxima?: readonly number[];
}

/** The limits that an instance with these params falls under: its Task's `concurrency`, then its `limits` with keys resolved. */
export function limitsOf(spec: TaskDefinition, params: JsonObject): InstanceLimits {
  const own = spec.concurrency === undefined ? [] : [{ key: `task:${spec.name}`, max: spec.concurrency }];
  const keyed = (spec.limits ?? []).map(({ key, max }) => ({
    key: String(resolveTemplates(key, { params, run: {} }, 'limits.key')),
    max,
  }));
  const limits = [...own, ...keyed];
  if (limits.length === 0) return {};
  return { limitKeys: limits.map((limit) => limit.key), limitMaxima: limits.map((limit) => limit.max) };
}
