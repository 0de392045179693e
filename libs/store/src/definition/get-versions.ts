import type { Queryable, Statement } from '../db.js';

/**
 * Definitions by version. They never change, so what was read once may be kept.
 *
 * Locks: none. Index: primary key. Idempotent: reads only. Caller: the version cache.
 */
export const getVersionsStatement: Statement = {
  name: 'definition_get_versions',
  text: 'select id, kind, name, spec::text as spec from definition_versions where id = any ($1::bigint[])',
};

export interface VersionRow {
  readonly id: string;
  readonly kind: 'task' | 'workflow';
  readonly name: string;
  /** JSON text. */
  readonly spec: string;
}

export function getVersions(q: Queryable, ids: readonly string[]): Promise<VersionRow[]> {
  return q.query<VersionRow>(getVersionsStatement, [ids]);
}
