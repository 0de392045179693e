import type { Command } from 'commander';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { printOne } from '../output/print.js';
import { graphLines } from '../output/graph.js';
import { moment, oneLine } from '../output/text.js';

export function workflowGet(): Command {
  return clientCommand('get', 'show a Workflow with its graph')
    .argument('<workflow>', 'name of the Workflow')
    .action((name: string, options: ClientOptions) => withApi(options, (api) => get(api, name, options)));
}

async function get(api: Api, name: string, options: ClientOptions): Promise<void> {
  const client = await api.definitions();
  const answer = await client.getWorkflow({ name }, CALL_LIMIT);
  const workflow = found(answer.workflow, `workflow ${name}`);
  const fields: [string, string][] = [
    ['workflow', workflow.name],
    ['title', oneLine(workflow.title)],
    ['description', oneLine(workflow.description, 500)],
    ['active', workflow.active ? 'yes' : 'no'],
    ['priority', workflow.defaultPriority],
    ['version', `${workflow.versionId} (${workflow.hash.slice(0, 12)})`],
    ['created', moment(workflow.createdAt)],
    ['updated', moment(workflow.updatedAt)],
  ];
  printOne(options.output, workflow, fields, name);
  if (options.output === 'table') console.log(`\n${graphLines(workflow.specJson).join('\n')}`);
}
