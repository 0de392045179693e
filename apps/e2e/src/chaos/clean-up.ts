/** What a run has opened, to be closed whatever ends it. */
export interface CleanUp {
  /** Opens something; should the run end meanwhile, it is closed as soon as it is open. */
  open<T>(opening: Promise<T>, close: (opened: T) => Promise<void>): Promise<T>;
  /** Closes everything, the last first. Safe to call twice. */
  run(): Promise<void>;
}

export function createCleanUp(): CleanUp {
  const closers: (() => Promise<void>)[] = [];
  let done: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  };
  return {
    open(opening, close) {
      // What did not open has nothing to close; who asked for it is told why.
      closers.push(() => opening.then(close, () => undefined));
      return opening;
    },
    run: () => (done ??= closeAll()),
  };
}
