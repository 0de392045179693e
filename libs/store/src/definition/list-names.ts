import type { Queryable, Statement } from '../db.js';

/**
 * Names of registered Tasks or Workflows, for the hint in an error.
 *
 * Locks: none. Index: primary keys. Idempotent: reads only. Caller: whoever looked for a name that is not there.
 */
export const listNamesStatement: Statement = {
  name: 'definition_list_names',
  text: `
select name from tasks where $1 = 'task'
 union all
select name from workflows where $1 = 'workflow'
 order by name
 limit 1000`,
};

export async function listNames(q: Queryable, kind: 'task' | 'workflow'): Promise<string[]> {
  return (await q.query<{ name: string }>(listNamesStatement, [kind])).map((row) => row.name);
}
