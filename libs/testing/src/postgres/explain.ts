import type pg from 'pg';

export type Plan = {
  /** Names of the indexes that the plan reads. */
  indexes: string[];
  /** Tables that the plan reads from end to end. */
  seqScans: string[];
  /** The plan as Postgres prints it in JSON, for a failing assertion's message. */
  json: unknown;
};

type PlanNode = { 'Node Type': string; 'Index Name'?: string; 'Relation Name'?: string; Plans?: PlanNode[] };

/** Plan of a statement with these values, as it would run now; nothing is changed by it. */
export async function explain(
  client: Pick<pg.ClientBase, 'query'>,
  statement: { text: string },
  values: unknown[] = [],
): Promise<Plan> {
  const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `explain (format json) ${statement.text}`,
    values,
  );
  const root = rows[0]?.['QUERY PLAN'][0]?.Plan;
  if (!root) throw new Error(`Postgres gave no plan for: ${statement.text}`);
  const nodes = flatten(root);
  return {
    indexes: distinct(nodes.map((node) => node['Index Name'])),
    seqScans: distinct(nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])),
    json: root,
  };
}

/** The plan that serves a named statement whatever its values are, on every Postgres from 15 on. Changes nothing. */
export async function explainForAnyValues(
  client: Pick<pg.ClientBase, 'query'>,
  statement: { text: string },
): Promise<Plan> {
  const parameters = Math.max(0, ...[...statement.text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  const values = parameters === 0 ? '' : `(${Array<string>(parameters).fill('null').join(', ')})`;
  await client.query(`set plan_cache_mode = force_generic_plan`);
  await client.query(`prepare explained as ${statement.text}`);
  try {
    return await explain(client, { text: `execute explained${values}` });
  } finally {
    await client.query('deallocate explained');
    await client.query('reset plan_cache_mode');
  }
}

/** Pages of tables and indexes that the statement reads with these values. Runs it: for statements that only read. */
export async function pagesRead(
  client: Pick<pg.ClientBase, 'query'>,
  statement: { text: string },
  values: unknown[] = [],
): Promise<number> {
  const { rows } = await client.query<{
    'QUERY PLAN': { Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }[];
  }>(`explain (analyze, buffers, format json) ${statement.text}`, values);
  const root = rows[0]?.['QUERY PLAN'][0]?.Plan;
  if (!root) throw new Error(`Postgres gave no plan for: ${statement.text}`);
  return root['Shared Hit Blocks'] + root['Shared Read Blocks'];
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

function distinct(names: (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}
