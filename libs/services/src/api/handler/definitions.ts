import {
  applyDefinitions,
  getTask,
  getWorkflow,
  listTasks,
  listWorkflows,
  setTaskActive,
  setWorkflowActive,
} from '@taskflow/engine';
import type { DefinitionServiceService } from '@taskflow/proto/taskflow/v1/definitions.js';
import type { Handlers } from '@taskflow/rpc/server';
import type { ApiContext } from '../context.js';
import { readDefinitions, writeTask, writeWorkflow } from '../message/definition.js';

export function definitionHandlers({ ctx }: ApiContext): Handlers<typeof DefinitionServiceService> {
  return {
    async applyDefinitions(request, call) {
      const definitions = readDefinitions(request.definitions);
      return { definitions: await applyDefinitions(ctx(call), { definitions }) };
    },
    async validateDefinitions(request, call) {
      const definitions = readDefinitions(request.definitions);
      return { definitions: await applyDefinitions(ctx(call), { definitions, dryRun: true }) };
    },
    async getTask(request, call) {
      return { task: writeTask(await getTask(ctx(call), request)) };
    },
    async listTasks(request, call) {
      const { items, nextPageToken } = await listTasks(ctx(call), request);
      return { tasks: items.map(writeTask), nextPageToken };
    },
    async setTaskActive(request, call) {
      return { task: writeTask(await setTaskActive(ctx(call), request)) };
    },
    async getWorkflow(request, call) {
      return { workflow: writeWorkflow(await getWorkflow(ctx(call), request)) };
    },
    async listWorkflows(request, call) {
      const { items, nextPageToken } = await listWorkflows(ctx(call), request);
      return { workflows: items.map(writeWorkflow), nextPageToken };
    },
    async setWorkflowActive(request, call) {
      return { workflow: writeWorkflow(await setWorkflowActive(ctx(call), request)) };
    },
  };
}
