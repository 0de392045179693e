/** The server failed by a fault of its own; `requestId` finds the cause in its log. */
export class InternalError extends Error {
  readonly requestId: string | undefined;

  constructor(message: string, cause: unknown, requestId?: string) {
    super(message, { cause });
    this.name = 'InternalError';
    this.requestId = requestId;
  }
}
