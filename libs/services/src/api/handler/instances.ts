import {
  cancelTaskInstance,
  cancelWorkflowInstance,
  getTaskInstance,
  getWorkflowInstance,
  getWorkflowRun,
  listAttempts,
  listEvents,
  listLogs,
  listRecurringLatest,
  listTaskInstances,
  listWorkflowEvents,
  listWorkflowInstances,
  rerunWorkflowInstance,
  retryTaskInstance,
} from '@taskflow/engine';
import type { InstanceServiceService } from '@taskflow/proto/taskflow/v1/instances.js';
import type { Handlers } from '@taskflow/rpc/server';
import type { ApiContext } from '../context.js';
import {
  writeAttempt,
  writeEvent,
  writeLogLine,
  writeRecurring,
  writeTaskInstance,
  writeWorkflowInstance,
} from '../message/instance.js';
import { awaitTaskInstance, awaitWorkflowInstance } from '../wait/await-instance.js';
import { tailLogs } from '../wait/tail-logs.js';

export function instanceHandlers(api: ApiContext): Handlers<typeof InstanceServiceService> {
  const { ctx } = api;
  return {
    async getTaskInstance(request, call) {
      return { instance: writeTaskInstance(await getTaskInstance(ctx(call), request)) };
    },
    async listTaskInstances(request, call) {
      const { items, nextPageToken } = await listTaskInstances(ctx(call), request);
      return { instances: items.map(writeTaskInstance), nextPageToken };
    },
    async waitTaskInstance(request, call) {
      const { instance, ended } = await awaitTaskInstance(api, ctx(call), request);
      return { instance: writeTaskInstance(instance), ended };
    },
    async cancelTaskInstance(request, call) {
      await cancelTaskInstance(ctx(call), request);
      return { instance: writeTaskInstance(await getTaskInstance(ctx(call), request)) };
    },
    async retryTaskInstance(request, call) {
      await retryTaskInstance(ctx(call), request);
      return { instance: writeTaskInstance(await getTaskInstance(ctx(call), request)) };
    },
    async listTaskAttempts(request, call) {
      return { attempts: (await listAttempts(ctx(call), request)).map(writeAttempt) };
    },
    async listTaskEvents(request, call) {
      return { events: (await listEvents(ctx(call), request)).map(writeEvent) };
    },
    async listTaskLogs(request, call) {
      const { items, nextPageToken } = await listLogs(ctx(call), request);
      return { lines: items.map(writeLogLine), nextPageToken };
    },
    tailTaskLogs: (request, call) => tailLogs(api, ctx(call), request),
    async getWorkflowInstance(request, call) {
      const { instance, tasks, specJson } = await getWorkflowInstance(ctx(call), request);
      return { instance: writeWorkflowInstance(instance), tasks: tasks.map(writeTaskInstance), specJson };
    },
    async listWorkflowInstances(request, call) {
      const { items, nextPageToken } = await listWorkflowInstances(ctx(call), request);
      return { instances: items.map(writeWorkflowInstance), nextPageToken };
    },
    async waitWorkflowInstance(request, call) {
      const { instance, ended } = await awaitWorkflowInstance(api, ctx(call), request);
      return { instance: writeWorkflowInstance(instance), ended };
    },
    async cancelWorkflowInstance(request, call) {
      await cancelWorkflowInstance(ctx(call), request);
      return { instance: writeWorkflowInstance(await getWorkflowRun(ctx(call), request)) };
    },
    async retryWorkflowInstance(request, call) {
      await rerunWorkflowInstance(ctx(call), request);
      return { instance: writeWorkflowInstance(await getWorkflowRun(ctx(call), request)) };
    },
    async listWorkflowEvents(request, call) {
      return { events: (await listWorkflowEvents(ctx(call), request)).map(writeEvent) };
    },
    async listRecurringLatest(_request, call) {
      return { items: (await listRecurringLatest(ctx(call))).map(writeRecurring) };
    },
  };
}
