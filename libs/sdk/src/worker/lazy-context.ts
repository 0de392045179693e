import type { Context } from '@opentelemetry/api';

/** A context that is made when somebody looks into it: most tasks end before anybody does. */
export class LazyContext implements Context {
  #make: () => Context;
  #made: Context | undefined;

  constructor(make: () => Context) {
    this.#make = make;
  }

  getValue(key: symbol): unknown {
    return this.#context.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#context.setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#context.deleteValue(key);
  }

  get #context(): Context {
    this.#made ??= this.#make();
    return this.#made;
  }
}
