import { ROLES } from '@taskflow/domain';
import { ROLES_OF } from '@taskflow/rpc/server';
import { table } from './table.ts';

/** Which role may call what, as the api checks it. */
export function roleTable(): Record<string, string> {
  const rows = [...ROLES_OF].map(([method, roles]) => [
    `\`${method.replace(/^taskflow\.v1\./, '').replace('/', '.')}\``,
    ...ROLES.map((role) => (roles.includes(role) ? 'yes' : '')),
  ]);
  return { roles: table(['RPC', ...ROLES], rows) };
}
