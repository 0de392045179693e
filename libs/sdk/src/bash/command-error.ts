/** A command that could not do its work for a reason other than its own exit. */
export class CommandError extends Error {
  /** UPPER_SNAKE. */
  readonly reason: string;

  constructor(reason: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CommandError';
    this.reason = reason;
  }
}

/** The innermost message: `fetch failed` alone helps nobody. */
export function rootMessage(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  if (!(at instanceof Error)) return String(at);
  return at.message || ('code' in at ? String(at.code) : at.name);
}
