import type { Command } from 'commander';
import { withApi } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { printOne } from '../output/print.js';

export function workflowPause(): Command {
  return switchCommand('pause', 'no longer run a Workflow by its schedule; what was submitted still runs', false);
}

export function workflowResume(): Command {
  return switchCommand('resume', 'run a Workflow by its schedule again', true);
}

function switchCommand(verb: string, description: string, active: boolean): Command {
  return clientCommand(verb, description)
    .argument('<workflow>', 'name of the Workflow')
    .action((name: string, options: ClientOptions) =>
      withApi(options, async (api) => {
        const client = await api.definitions();
        const answer = await client.setWorkflowActive({ name, active }, CALL_LIMIT);
        if (options.output === 'table') console.log(`${name} ${active ? 'active' : 'paused'}`);
        else printOne(options.output, found(answer.workflow, `workflow ${name}`), [], name);
      }),
    );
}
