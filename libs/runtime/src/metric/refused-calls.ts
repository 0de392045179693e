import { counter } from './counter.js';

/** Calls that were not let in: for their token, for its role, or because too many wrong ones came from their address. */
export const refusedCalls = counter({
  name: 'taskflow_access_refused_total',
  help: 'Calls that were refused for their token or its role',
  label: 'reason',
  values: [
    'TOKEN_MISSING',
    'BAD_AUTHORIZATION',
    'TOKEN_UNKNOWN',
    'TOKEN_EXPIRED',
    'TOKEN_REVOKED',
    'TOO_MANY_TOKENS',
    'ROLE_MISSING',
  ],
});

export type RefusedFor = Parameters<typeof refusedCalls.add>[0];
