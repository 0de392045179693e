/** Something done again and again, one at a time. */
export interface Loop {
  start(): void;
  /** Begins the next turn at once; when a turn is under way, another one follows it. */
  wake(): void;
  /** Resolves when the turn under way is over; none follows. */
  stop(): Promise<void>;
}

/** Each turn says after how many milliseconds the next one comes; Infinity waits for `wake`. A turn must not throw. */
export function createLoop(turn: () => Promise<number>): Loop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = true;

  const run = async (): Promise<void> => {
    let waitMs: number;
    do {
      again = false;
      waitMs = await turn();
    } while (!stopped && (again || waitMs <= 0));
    running = undefined;
    if (!stopped && Number.isFinite(waitMs)) timer = setTimeout(begin, waitMs);
  };
  const begin = (): void => {
    clearTimeout(timer);
    if (running) again = true;
    else running = run();
  };

  return {
    start() {
      stopped = false;
      begin();
    },
    wake() {
      if (!stopped) begin();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
