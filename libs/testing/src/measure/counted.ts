export interface Counted<Db> {
  readonly db: Db;
  /** How many statements were sent so far, those of transactions too. */
  statements(): number;
}

/** The same database, counted: a measure of its work that does not depend on how busy the machine is. */
export function counted<Db extends object>(db: Db): Counted<Db> {
  let sent = 0;
  const watch = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name === 'tx')
          return (work: (inner: object) => unknown) => value.call(target, (inner: object) => work(watch(inner)));
        if (name !== 'query') return value.bind(target);
        return (...input: unknown[]) => {
          sent += 1;
          return value.apply(target, input);
        };
      },
    });
  return { db: watch(db), statements: () => sent };
}
