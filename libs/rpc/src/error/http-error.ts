import type { WireError } from './wire-error.js';

/** Body of every REST answer that is not 2xx. */
export interface HttpErrorBody {
  readonly error: {
    readonly code: string;
    readonly reason: string;
    readonly message: string;
    readonly violations: readonly { readonly field: string; readonly description: string }[];
    readonly metadata: Readonly<Record<string, string>>;
    readonly requestId: string;
  };
}

export function toHttpError(wire: WireError): HttpErrorBody {
  const { codeName, reason, message, violations, metadata, requestId } = wire;
  return { error: { code: codeName, reason, message, violations, metadata, requestId } };
}
