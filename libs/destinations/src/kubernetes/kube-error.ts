/** What the API server says of a request that it did not carry out. */
export interface KubeStatus {
  readonly code: number;
  /** `AlreadyExists`, `Forbidden`, `Expired`, … */
  readonly reason: string;
  readonly message: string;
}

/** An answer of the API server that is not a success. */
export class KubeError extends Error {
  override readonly name = 'KubeError';

  readonly status: KubeStatus;
  readonly retryAfterMs: number | undefined;

  constructor(status: KubeStatus, retryAfterMs?: number) {
    super(`${status.reason || String(status.code)}: ${status.message}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The Status object of an answer, or as much as its code tells. */
export function readStatus(code: number, text: string): KubeStatus {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: unknown; message?: unknown };
    return { code, reason: typeof reason === 'string' ? reason : '', message: String(message ?? '').slice(0, 2000) };
  } catch {
    return { code, reason: '', message: text.slice(0, 200) };
  }
}

/** Whether the server wants fewer calls. A quota that is used up is none of that. Pure. */
export function throttleOf(error: unknown): { readonly retryAfterMs: number | undefined } | undefined {
  if (!(error instanceof KubeError)) return undefined;
  const { status, retryAfterMs } = error;
  const asked = status.code === 429 || (status.code === 503 && retryAfterMs !== undefined);
  return asked ? { retryAfterMs } : undefined;
}

export function isGone(error: unknown): boolean {
  return error instanceof KubeError && error.status.code === 404;
}

const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

/** Whether a request failed before anything of it reached the server. */
export function wasNotSent(error: unknown): boolean {
  const code = codeOf(error);
  return NOT_SENT.has(code) || CERTIFICATE.test(code);
}

/** The cause of a failed request, on one line: what the network library wraps is what tells. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 500);
  const { cause } = error;
  const text =
    cause instanceof Error && !(error instanceof KubeError) ? `${error.message}: ${cause.message}` : error.message;
  return (text.split('\n')[0] ?? '').slice(0, 500);
}

function codeOf(error: unknown): string {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    const { code } = each as Error & { code?: unknown };
    if (typeof code === 'string') return code;
  }
  return '';
}
