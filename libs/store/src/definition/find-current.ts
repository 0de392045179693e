import type { Queryable, Statement } from '../db.js';

/**
 * What is registered under these names, and the version that has this content, if any.
 *
 * Locks: none. Index: primary keys; definition_versions (kind, name, hash). Idempotent: reads only. Caller: applyDefinitions.
 */
export const findCurrentStatement: Statement = {
  name: 'definition_find_current',
  text: `
select u.kind, u.name, coalesce(t.version_id, w.version_id) as current_version_id, v.id as version_id, t.workflow_name,
       coalesce(t.name, w.name) is not null as registered
  from unnest($1::text[], $2::text[], $3::text[]) u (kind, name, hash)
  left join tasks t on u.kind = 'task' and t.name = u.name
  left join workflows w on u.kind = 'workflow' and w.name = u.name
  left join definition_versions v on v.kind = u.kind and v.name = u.name and v.hash = u.hash`,
};

export interface CurrentDefinition {
  readonly kind: 'task' | 'workflow';
  readonly name: string;
  readonly registered: boolean;
  readonly current_version_id: string | null;
  /** Of the content asked for; null when it was never registered. */
  readonly version_id: string | null;
  /** The Workflow that an inline Task belongs to. */
  readonly workflow_name: string | null;
}

export interface DefinitionKey {
  readonly kind: 'task' | 'workflow';
  readonly name: string;
  readonly hash: string;
}

export function findCurrent(q: Queryable, keys: readonly DefinitionKey[]): Promise<CurrentDefinition[]> {
  return q.query<CurrentDefinition>(findCurrentStatement, [
    keys.map((key) => key.kind),
    keys.map((key) => key.name),
    keys.map((key) => key.hash),
  ]);
}
