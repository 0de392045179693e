import type { Command } from 'commander';
import { withApi } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';

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
        await client.setWorkflowActive({ name, active }, CALL_LIMIT);
        console.log(`${name} ${active ? 'active' : 'paused'}`);
      }),
    );
}
