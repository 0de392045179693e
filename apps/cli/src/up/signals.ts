export interface StopSignals {
  /** Resolves at the first SIGINT, SIGTERM or SIGHUP. */
  readonly stop: Promise<void>;
  readonly signal: AbortSignal;
  asked(): boolean;
  /** What a second signal does before the process ends with 130. */
  onForce(force: () => void): void;
  close(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function untilStopped(): StopSignals {
  const aborted = new AbortController();
  let force: () => void = () => undefined;
  const stop = new Promise<void>((resolve) =>
    aborted.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  const onSignal = (): void => {
    if (aborted.signal.aborted) {
      force();
      process.exit(130);
    }
    aborted.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  // The launcher for older versions of Node was killed.
  const onDisconnect = (): void => aborted.abort();
  if (process.channel !== undefined) process.once('disconnect', onDisconnect);
  return {
    stop,
    signal: aborted.signal,
    asked: () => aborted.signal.aborted,
    onForce(given) {
      force = given;
    },
    close() {
      for (const name of SIGNALS) process.off(name, onSignal);
      process.off('disconnect', onDisconnect);
    },
  };
}
