import type { ErrorKind } from '@taskflow/domain';

/** What the process ends with. `docs/cli.md` promises these numbers. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  access: 4,
  runFailed: 5,
  waitTimedOut: 6,
  unavailable: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_KIND: Readonly<Record<ErrorKind, ExitCode>> = {
  InvalidInput: EXIT.usage,
  NotFound: EXIT.notFound,
  AlreadyExists: EXIT.failed,
  IllegalTransition: EXIT.failed,
  LeaseLost: EXIT.failed,
  VersionConflict: EXIT.failed,
  QuotaExceeded: EXIT.failed,
  Unauthenticated: EXIT.access,
  PermissionDenied: EXIT.access,
  Unavailable: EXIT.unavailable,
};

export function exitCodeOfKind(kind: ErrorKind): ExitCode {
  return BY_KIND[kind];
}
