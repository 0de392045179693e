import type { Token } from '@taskflow/proto/taskflow/v1/access.js';
import type { Column } from './print.js';
import { moment, oneLine } from './text.js';

export const TOKEN_COLUMNS: readonly Column<Token>[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => oneLine(name)],
  ['role', ({ role }) => role],
  ['state', ({ state }) => state],
  ['created', ({ createdAt }) => moment(createdAt)],
  ['expires', ({ expiresAt }) => moment(expiresAt)],
  ['last used', ({ lastUsedAt }) => moment(lastUsedAt)],
];

export function tokenFields(token: Token): [string, string][] {
  return [
    ['id', token.id],
    ['name', oneLine(token.name)],
    ['role', token.role],
    ['state', token.state],
    ['created', moment(token.createdAt)],
    ['by', oneLine(token.createdBy)],
    ['expires', moment(token.expiresAt)],
    ['last used', moment(token.lastUsedAt)],
    ['revoked', moment(token.revokedAt)],
    ['revoked by', oneLine(token.revokedBy)],
  ];
}
