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

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

function distinct(names: (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}
