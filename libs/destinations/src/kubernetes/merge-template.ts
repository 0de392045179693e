import { isJsonObject, type JsonObject, type JsonValue } from '@taskflow/domain';

/** Lists whose items have an identity; all others are replaced as a whole. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  volumeMounts: ['mountPath'],
  tolerations: ['key', 'effect', 'value'],
};

/**
 * Lays one pod template over another, as the API server does with a strategic merge patch: objects by field, the lists that
 * matter by the identity of their items, `null` removes. Pure.
 */
export function mergeTemplate(under: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    if (value === null) delete merged[name];
    else merged[name] = mergeValue(name, under[name], value);
  }
  return merged;
}

function mergeValue(name: string, under: JsonValue | undefined, over: JsonValue): JsonValue {
  if (isJsonObject(under) && isJsonObject(over)) return mergeTemplate(under, over);
  const keys = KEYS[name];
  return keys && isList(under) && isList(over) ? mergeItems(keys, under, over) : over;
}

function mergeItems(keys: readonly string[], under: readonly JsonValue[], over: readonly JsonValue[]): JsonValue[] {
  const merged = [...under];
  for (const item of over) {
    const at = isJsonObject(item) ? merged.findIndex((other) => isSame(keys, other, item)) : -1;
    const found = at === -1 ? undefined : merged[at];
    if (isJsonObject(item) && isJsonObject(found)) merged[at] = mergeTemplate(found, item);
    else merged.push(item);
  }
  return merged;
}

function isSame(keys: readonly string[], a: JsonValue, b: JsonObject): boolean {
  return isJsonObject(a) && keys.every((key) => a[key] === b[key]);
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
