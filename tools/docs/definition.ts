import { fieldTable } from './field-table.ts';
import {
  LIMIT_FIELDS,
  RETRY_FIELDS,
  RUN_FIELDS,
  SCHEDULE_FIELDS,
  SLA_FIELDS,
  TASK_FIELDS,
  WORKFLOW_FIELDS,
  WORKFLOW_TASK_FIELDS,
} from './definition-field.ts';

const STEP = { key: 'step', bash: 'true' };
const ONCE = { cron: '0 0 * * *' };

/** The tables of docs/definitions.md: what each field takes and its default come from the parser that reads definitions. */
export function definitionTables(): Record<string, string> {
  const task = (fields: object): object => ({ tasks: [{ name: 'x', ...fields }] });
  const workflow = (fields: object): object => ({ workflows: [{ name: 'x', tasks: [STEP], ...fields }] });
  const item = (fields: object): object => workflow({ tasks: [{ ...STEP, ...fields }] });
  const [inTask, inWorkflow] = ['tasks[0]', 'workflows[0]'];
  return {
    task: fieldTable(TASK_FIELDS, { make: task, at: inTask }),
    run: fieldTable(RUN_FIELDS, { make: (fields) => task({ run: { bash: 'true', ...fields } }), at: `${inTask}.run` }),
    retry: fieldTable(RETRY_FIELDS, { make: (fields) => task({ retry: fields }), at: `${inTask}.retry` }),
    limits: fieldTable(LIMIT_FIELDS, {
      make: (fields) => task({ limits: [{ key: 'k', max: 1, ...fields }] }),
      at: `${inTask}.limits[0]`,
    }),
    sla: fieldTable(SLA_FIELDS, { make: (fields) => task({ sla: fields }), at: `${inTask}.sla` }),
    schedule: fieldTable(SCHEDULE_FIELDS, {
      make: (fields) => task({ schedule: { ...baseOf(fields), ...fields } }),
      at: `${inTask}.schedule[0]`,
      alternative: `${inTask}.schedule`,
    }),
    workflow: fieldTable(WORKFLOW_FIELDS, { make: workflow, at: inWorkflow }),
    'task of a workflow': fieldTable(WORKFLOW_TASK_FIELDS, { make: item, at: `${inWorkflow}.tasks[0]` }),
  };
}

function baseOf(fields: object): object {
  if ('every' in fields) return {};
  return 'anchor' in fields ? { every: '1h' } : ONCE;
}
