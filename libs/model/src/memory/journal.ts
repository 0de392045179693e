/** What was written, so that it can be taken back: by a transaction that fails, or by a crash of the server. */
export class Journal {
  /** Counts every row that was written, taken back or not. */
  writes = 0;
  #open: number | undefined;
  /** Since the last commit that has waited for the disk. */
  #undo: (() => void)[] = [];
  #relaxed = false;

  note(undo: () => void): void {
    this.writes += 1;
    this.#undo.push(undo);
  }

  begin(): void {
    if (this.#open !== undefined) throw new Error('a transaction is open already');
    this.#open = this.#undo.length;
    this.#relaxed = false;
  }

  /** The commit of this transaction does not wait for the disk: `synchronous_commit = off`. */
  relax(): void {
    this.#relaxed = true;
  }

  /** What was written is on the disk, and all that was written before it: unless nothing was written. */
  commit(): void {
    const wrote = this.#undo.length > (this.#open ?? 0);
    this.#open = undefined;
    if (wrote && !this.#relaxed) this.flush();
  }

  rollback(): void {
    this.#takeBack(this.#open ?? 0);
    this.#open = undefined;
  }

  flush(): void {
    this.#undo = [];
  }

  /** The server crashes: what was not on the disk is gone. */
  crash(): void {
    this.#takeBack(0);
  }

  #takeBack(from: number): void {
    for (const undo of this.#undo.splice(from).reverse()) {
      undo();
      this.writes += 1;
    }
  }
}
