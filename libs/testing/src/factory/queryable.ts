/** What the factories need of a database; a Db of libs/store is one. Not imported from there, since its tests use this lib. */
export interface Queryable {
  query<Row extends object>(statement: { name: string; text: string }, values?: readonly unknown[]): Promise<Row[]>;
}
