import { statement, toNumbers, type MemoryStatements } from './statement.js';

export const DEFINITION_STATEMENTS: MemoryStatements = {
  definition_get_versions: statement<[string[]]>((t, [ids]) => {
    const wanted = toNumbers(ids);
    return t.versions
      .all((row) => wanted.has(row.id))
      .map(({ id, kind, name, spec }) => ({ id: String(id), kind, name, spec }));
  }),
  submission_find_targets: statement<[string[], string[]]>((t, [tasks, workflows]) => [
    ...tasks
      .flatMap((name) => t.tasks.get(name) ?? [])
      .map((row) => ({ ...row, kind: 'task', version_id: `${row.version_id}` })),
    ...workflows
      .flatMap((name) => t.workflows.get(name) ?? [])
      .map((row) => ({ ...row, kind: 'workflow', version_id: `${row.version_id}`, lane_id: null })),
  ]),
  workflow_current_tasks: statement<[string[]]>((t, [names]) =>
    names
      .flatMap((name) => t.tasks.get(name) ?? [])
      .map(({ name, version_id, lane_id }) => ({ name, version_id: String(version_id), lane_id })),
  ),
};
