/** Where the worker itself reports what happens to it. A pino logger fits. */
export interface WorkerLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Warnings and errors as JSON lines on stderr, where nothing else was given. */
export function stderrLogger(): WorkerLogger {
  const write = (level: string) => (fields: object, message: string) => {
    process.stderr.write(`${JSON.stringify({ level, msg: message, ...fields })}\n`);
  };
  const ignore = (): void => undefined;
  return { debug: ignore, info: ignore, warn: write('warn'), error: write('error') };
}
