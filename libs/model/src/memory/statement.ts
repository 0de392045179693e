import type { Tables } from './tables.js';

/** What a statement of libs/store does, said on rows in memory: the same values in, the same rows out. */
export type MemoryStatement = (tables: Tables, values: readonly unknown[]) => object[];

/** By name of the statement. */
export type MemoryStatements = Readonly<Record<string, MemoryStatement>>;

/** @typeParam Values the statement's parameters, as libs/store sends them */
export function statement<Values extends readonly unknown[]>(
  run: (tables: Tables, values: Values) => object[],
): MemoryStatement {
  return (tables, values) => run(tables, values.map(withLists) as unknown as Values);
}

const NUMBERS = /^\{-?\d[-\d,]*\}$/;

/** Ids may come as the text of a list, `{1,2}`; `{}` is an object without fields. */
function withLists(value: unknown): unknown {
  return typeof value === 'string' && NUMBERS.test(value) ? value.slice(1, -1).split(',') : value;
}

/** A moment as node-postgres gives it. */
export function toDate(moment: number | null): Date | null {
  return moment === null ? null : new Date(moment);
}

/** `coalesce($1, now())` */
export function orNow(tables: Tables, now: Date | null): number {
  return now?.getTime() ?? tables.now;
}

/** An id as node-postgres gives it. */
export function toText(id: number | null): string | null {
  return id === null ? null : String(id);
}

export function toNumbers(ids: readonly string[]): Set<number> {
  return new Set(ids.map(Number));
}

/** The nth of a column, which is null as a whole where no row fills it. */
export function at<Value>(column: readonly Value[] | null, index: number): Value | null {
  return column?.[index] ?? null;
}
