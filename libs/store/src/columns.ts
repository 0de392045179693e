/**
 * Rows turned into one array per column, for `unnest`. A column that no row fills is sent as null, which unnest pads: what
 * a batch does not use costs nothing on the wire.
 */
export function column<Row, Value>(rows: readonly Row[], pick: (row: Row) => Value | undefined | null): Value[] | null {
  let filled = false;
  const values = rows.map((row) => {
    const value = pick(row) ?? null;
    filled ||= value !== null;
    return value as Value;
  });
  return filled ? values : null;
}

/** A list as Postgres writes it, for a column that holds lists: `{"a","b"}`. */
export function arrayLiteral(values: readonly (string | number)[] | undefined): string | undefined {
  if (values === undefined || values.length === 0) return undefined;
  return `{${values.map((value) => `"${String(value).replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** Whole numbers as Postgres writes a list of them: `{1,2}`. Decimal strings are numbers here. */
export function numbersLiteral(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`;
}
