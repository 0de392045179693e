type Message = Readonly<Record<string, unknown>>;

/**
 * A message of the api as REST shows it: `paramsJson` as JSON under the name `params`, moments as ISO 8601, what is empty
 * left out.
 */
export function plain(message: object): Record<string, unknown> {
  const entries = Object.entries(message as Message).flatMap(([name, value]): [string, unknown][] => {
    if (value === undefined || value === '') return [];
    if (name.endsWith('Json')) return [[name.slice(0, -'Json'.length), JSON.parse(String(value)) as unknown]];
    return [[name, plainValue(value)]];
  });
  return Object.fromEntries(entries);
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'object' && value !== null) return plain(value);
  return value;
}
