import { NotSent } from '../pace.js';

/** What an error of a call tells of the job that it was about. */
export interface CallError {
  readonly kind: 'rejected' | 'throttled' | 'unavailable' | 'ambiguous';
  /** Of a rejection: whether this job is at fault, or no job would be accepted. */
  readonly scope: 'job' | 'destination';
  /** UPPER_SNAKE. */
  readonly code: string;
  readonly message: string;
}

const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT']);
const THROTTLED = /^(TooManyRequests|Throttling|RequestLimitExceeded|RequestThrottled)/;
const ACCESS = /^(AccessDenied|NotAuthorized)/;
/** Who calls is not known, or not any more: other credentials may be. */
const IDENTITY =
  /^(UnrecognizedClient|ExpiredToken|InvalidClientTokenId|InvalidSignature|MissingAuthentication|SignatureDoesNotMatch|RequestExpired)/;
const CREDENTIALS = /^(CredentialsProviderError|TokenProviderError|ProviderError)/;
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;
const OF_THE_DESTINATION = /job ?queue|compute environment|not authorized|AssumeRole|security token/i;

/**
 * Reads an error of the AWS SDK. Pure. By `code` before `name`: a reset and a time-out bear the same name, and whether the job
 * exists is open after either. An answer that cannot be read may have been a yes.
 */
export function classifyError(error: unknown): CallError {
  const { code, name, message, status } = factsOf(error);
  const said = (kind: CallError['kind'], reason: string, scope: CallError['scope'] = 'job'): CallError => {
    return { kind, scope, code: reason, message };
  };
  if (error instanceof NotSent) return said('throttled', 'THROTTLED');
  if (NOT_SENT.has(code) || CERTIFICATE.test(code)) return said('unavailable', 'UNREACHABLE');
  if (CREDENTIALS.test(name)) return said('rejected', 'NO_CREDENTIALS', 'destination');
  if (THROTTLED.test(name) || status === 429) return said('throttled', 'THROTTLED');
  if (IDENTITY.test(name)) return said('rejected', 'BAD_CREDENTIALS', 'destination');
  if (ACCESS.test(name) || status === 401 || status === 403) return said('rejected', 'ACCESS_DENIED', 'destination');
  if (status >= 400 && status < 500) {
    return said('rejected', 'REJECTED', OF_THE_DESTINATION.test(message) ? 'destination' : 'job');
  }
  return said('ambiguous', 'NO_ANSWER');
}

/** For how long a throttled caller is asked to wait; undefined when that is not said. */
export function retryAfterOf(error: unknown): number | undefined {
  const { $response: response } = (error ?? {}) as { $response?: { headers?: Record<string, string> } };
  const seconds = Number(response?.headers?.['retry-after']);
  return seconds > 0 ? seconds * 1000 : undefined;
}

/** The first line of an error's message, of a bounded length. */
export function messageOf(error: unknown): string {
  return factsOf(error).message;
}

function factsOf(error: unknown): { code: string; name: string; message: string; status: number } {
  if (!(error instanceof Error)) return { code: '', name: '', message: String(error).slice(0, 500), status: 0 };
  const { code, $metadata: metadata } = error as Error & {
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const [line = ''] = error.message.split('\n');
  const message = `${error.name}: ${line}`.slice(0, 500);
  return {
    code: typeof code === 'string' ? code : '',
    name: error.name,
    message,
    status: metadata?.httpStatusCode ?? 0,
  };
}
