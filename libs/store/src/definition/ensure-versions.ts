import type { Queryable, Statement } from '../db.js';
import type { DefinitionKey } from './find-current.js';

/**
 * Stores versions that are new.
 *
 * Locks: none but those of new rows; the caller holds the registration lock. Index: definition_versions (kind, name, hash).
 * Idempotent: a version that is there keeps its id. Caller: applyDefinitions.
 */
export const ensureVersionsStatement: Statement = {
  name: 'definition_ensure_versions',
  text: `
with input as materialized (
  select u.*, v.id
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as u (kind, name, hash, spec, ord)
    left join definition_versions v on v.kind = u.kind and v.name = u.name and v.hash = u.hash
), made as (
  insert into definition_versions (kind, name, hash, spec)
  select kind, name, hash, spec::jsonb from input where id is null
  returning id, kind, name, hash
)
select coalesce(i.id, m.id) as id
  from input i
  left join made m on m.kind = i.kind and m.name = i.name and m.hash = i.hash
 order by i.ord`,
};

export interface NewVersion extends DefinitionKey {
  /** JSON text. */
  readonly spec: string;
}

/** Version ids in the order of the input. */
export async function ensureVersions(q: Queryable, versions: readonly NewVersion[]): Promise<string[]> {
  const rows = await q.query<{ id: string }>(ensureVersionsStatement, [
    versions.map((version) => version.kind),
    versions.map((version) => version.name),
    versions.map((version) => version.hash),
    versions.map((version) => version.spec),
  ]);
  return rows.map((row) => row.id);
}
