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
  while (hasMessage(at) && hasMessage(at.cause)) at = at.cause;
  return hasMessage(at) ? at.message || String(errorCode(at)) : String(at);
}

/** `ENOENT` and its like. */
export function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function hasMessage(error: unknown): error is { readonly message: string; readonly cause?: unknown } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}
