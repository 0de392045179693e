import { Unavailable } from '@taskflow/domain';
import type { Db, Queryable, Statement } from '@taskflow/store';

/**
 * What becomes of one unit of work on the database, a statement or a transaction. `done`: it is done and answered.
 * `unanswered`: done, and the connection breaks before the answer. `refused`: the connection breaks before it. Else the
 * connection breaks before the nth statement of the transaction, counted from 0, which rolls back.
 */
export type Fate = 'done' | 'unanswered' | 'refused' | { readonly cutAt: number };

export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** Counts what stories are measured by: each statement is a step between which everything can break. */
export interface Meter {
  statements: number;
}

/**
 * A verb of the engine that goes on only when it is told to, unit by unit, so that anything can happen between two of them:
 * other calls, time, the end of its process. A call that is no longer told to go on is a process that died there.
 */
export class Call<T> {
  #unit: ((fate: Fate) => Promise<void>) | undefined;
  #arrived: () => void = () => undefined;
  #outcome: Outcome<T> | undefined;
  readonly #meter: Meter;

  private constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** Begins a verb and stops it before its first unit. */
  static async begin<T>(db: Db, meter: Meter, verb: (db: Db) => Promise<T>): Promise<Call<T>> {
    const call = new Call<T>(meter);
    await call.#untilNext(() => {
      verb(call.#gate(db)).then(
        (value) => call.#end({ value }),
        (error: unknown) => call.#end({ error }),
      );
      return Promise.resolve();
    });
    return call;
  }

  /** Undefined while it is not over. */
  get outcome(): Outcome<T> | undefined {
    return this.#outcome;
  }

  /** Lets the next unit come to this, and goes on to the one after it. */
  async step(fate: Fate = 'done'): Promise<void> {
    const unit = this.#unit;
    if (unit === undefined) throw new Error('the call is over');
    this.#unit = undefined;
    await this.#untilNext(() => unit(fate));
  }

  async #untilNext(work: () => Promise<void>): Promise<void> {
    const arrived = new Promise<void>((resolve) => (this.#arrived = resolve));
    await work();
    await arrived;
  }

  #end(outcome: Outcome<T>): void {
    this.#outcome = outcome;
    this.#arrived();
  }

  #gate(db: Db): Db {
    return {
      ...(db.origin && { origin: db.origin }),
      query: <Row extends object>(statement: Statement, values?: readonly unknown[]) =>
        this.#wait<Row[]>(async (fate) => {
          if (fate === 'refused' || typeof fate === 'object') throw broken();
          this.#meter.statements += 1;
          return db.query<Row>(statement, values);
        }),
      tx: <Result>(work: (q: Queryable) => Promise<Result>) =>
        this.#wait<Result>((fate) => {
          if (fate === 'refused') throw broken();
          return db.tx((q) => work(this.#counted(q, typeof fate === 'object' ? fate.cutAt : Infinity)));
        }),
      close: () => Promise.resolve(),
    };
  }

  #counted(q: Queryable, cutAt: number): Queryable {
    let count = 0;
    return {
      ...(q.origin && { origin: q.origin }),
      query: <Row extends object>(statement: Statement, values?: readonly unknown[]) => {
        if (count >= cutAt) return Promise.reject(broken());
        count += 1;
        this.#meter.statements += 1;
        return q.query<Row>(statement, values);
      },
    };
  }

  #wait<Result>(run: (fate: Fate) => Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#unit = async (fate) => {
        try {
          const result = await run(fate);
          if (fate === 'unanswered') reject(broken());
          else resolve(result);
        } catch (error) {
          reject(error);
        }
      };
      this.#arrived();
    });
  }
}

function broken(): Unavailable {
  return new Unavailable('The connection to the database broke.', { reason: 'DATABASE_DOWN' });
}
