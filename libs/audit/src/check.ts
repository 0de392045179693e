/** An invariant of docs/guarantees.md. */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9';

/** One way in which an invariant can be broken, as a query whose every row is a violation. */
export interface Check {
  readonly invariant: Invariant;
  /** kebab-case; unique. */
  readonly name: string;
  /** What is true while the query gives no row. */
  readonly holds: string;
  readonly sql: string;
}
