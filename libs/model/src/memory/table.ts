import type { Journal } from './journal.js';

/** Rows by primary key. Rows are never changed in place: who changes one puts another in its place. */
export class Table<Key extends string | number, Row> {
  readonly #rows = new Map<Key, Row>();
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: Key): Row | undefined {
    return this.#rows.get(key);
  }

  has(key: Key): boolean {
    return this.#rows.has(key);
  }

  values(): IterableIterator<Row> {
    return this.#rows.values();
  }

  all(wanted: (row: Row) => boolean = () => true): Row[] {
    const found: Row[] = [];
    for (const row of this.#rows.values()) if (wanted(row)) found.push(row);
    return found;
  }

  /** A new row; a key that is taken is a violated primary key. */
  insert(key: Key, row: Row): void {
    if (this.#rows.has(key)) throw new Error(`duplicate key ${key}`);
    this.#put(key, row);
  }

  /** The row with these columns changed. */
  update(key: Key, change: Partial<Row>): Row {
    const before = this.#rows.get(key);
    if (before === undefined) throw new Error(`there is no row ${key}`);
    const row = { ...before, ...change };
    this.#put(key, row);
    return row;
  }

  /** Gives what was there. */
  delete(key: Key): Row | undefined {
    const before = this.#rows.get(key);
    if (before === undefined) return undefined;
    this.#journal.note(() => this.#rows.set(key, before));
    this.#rows.delete(key);
    return before;
  }

  #put(key: Key, row: Row): void {
    const before = this.#rows.get(key);
    this.#journal.note(() => (before === undefined ? this.#rows.delete(key) : this.#rows.set(key, before)));
    this.#rows.set(key, row);
  }
}
