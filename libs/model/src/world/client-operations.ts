import {
  cancelTaskInstance,
  cancelWorkflowInstance,
  rerunWorkflowInstance,
  retryTaskInstance,
  submitBatch,
  type Ctx,
  type SubmissionInput,
  type SubmissionResult,
} from '@taskflow/engine';
import type { Process, Request, Worker } from './actors.js';
import { nth } from './nth.js';
import type { Begun } from './operations.js';
import { BEGIN } from './scenario.js';
import type { Step } from './step.js';
import { waitingWorker } from './worker-operations.js';
import { Violation, type World } from './world.js';

type ClientOperation =
  'submit task' | 'submit workflow' | 'resend' | 'cancel task' | 'cancel run' | 'retry task' | 'rerun' | 'kill api';

export async function beginClientOperation(world: World, op: ClientOperation, step: Step): Promise<Begun> {
  const api = nth(world.apis, step.who);
  if (api === undefined) return undefined;
  switch (op) {
    case 'submit task': {
      const task = nth(world.scenario.tasks, step.what);
      if (task === undefined) return undefined;
      return submit(
        world,
        api,
        world.request({ kind: 'task', task: task.name, ...particulars(world, step.how) }),
        '',
        nth(world.workers, step.who),
      );
    }
    case 'submit workflow': {
      const workflow = nth(world.scenario.workflows, step.what);
      if (workflow === undefined) return undefined;
      const { unique } = particulars(world, step.how);
      return submit(world, api, world.request({ kind: 'workflow', workflow: workflow.name, unique }), '');
    }
    case 'resend': {
      const request = nth(world.requests, step.what);
      return request && submit(world, api, request, ' again');
    }
    case 'cancel task':
      return onInstance(world, api, nth(world.tasks, step.what), 'is cancelled', cancelTaskInstance);
    case 'cancel run':
      return onInstance(world, api, nth(world.runs, step.what), 'is cancelled', cancelWorkflowInstance);
    case 'retry task':
      return onInstance(world, api, nth(world.tasks, step.what), 'is to run again', retryTaskInstance);
    case 'rerun':
      return onInstance(world, api, nth(world.runs, step.what), 'is to run again', rerunWorkflowInstance);
    case 'kill api':
      world.kill(api);
      return `${api.name} is killed`;
  }
}

/** Of every ten submissions three have a unique key, one is for later, one has a priority of its own. */
function particulars(world: World, how: number): Pick<SubmissionInput, 'unique' | 'runAt' | 'priority'> {
  switch (how % 10) {
    case 5:
      return { unique: { key: 'one', onConflict: 'return_existing' } };
    case 6:
      return { unique: { key: 'one', onConflict: 'replace_queued' } };
    case 7:
      return { unique: { key: 'one', onConflict: 'reject' } };
    case 8:
      return { runAt: new Date(BEGIN + world.elapsed + 3000) };
    case 9:
      return { priority: 'critical' };
    default:
      return {};
  }
}

async function submit(world: World, api: Process, request: Request, again: string, worker?: Worker): Promise<Begun> {
  const { id: requestId, input } = request;
  const name = input.kind === 'task' ? input.task : input.workflow;
  const key = input.unique === undefined ? '' : ` with a unique key (${input.unique.onConflict})`;
  const call = await world.begin(
    api,
    `${name}${key} is submitted${again} (${requestId})`,
    (ctx) =>
      submitBatch(
        { ...ctx, waitingWorker: (laneId) => waitingWorker(world, worker, laneId) },
        { requestId, submissions: [input] },
      ),
    ([result]) => noteAnswer(world, request, result),
  );
  return { process: api, call };
}

function noteAnswer(world: World, request: Request, result: SubmissionResult | undefined): string {
  if (result === undefined) throw new Violation(`request ${request.id} got no result`);
  if ('error' in result) return result.error.reason;
  if (request.instance !== undefined && request.instance !== result.id) {
    throw new Violation(
      `request ${request.id} made instance ${request.instance}, and asked again it made ${result.id}`,
    );
  }
  request.instance = result.id;
  const { kind } = request.input;
  const list = kind === 'task' ? world.tasks : world.runs;
  const seen = list.find((each) => each.id === result.id);
  if (seen !== undefined) return seen.label;
  const label = `${request.input.kind === 'task' ? request.input.task : request.input.workflow} #${list.length + 1}`;
  list.push({ id: result.id, label });
  return label;
}

async function onInstance(
  world: World,
  api: Process,
  instance: { readonly id: string; readonly label: string } | undefined,
  what: string,
  verb: (ctx: Ctx, input: { readonly id: string }) => Promise<void>,
): Promise<Begun> {
  if (instance === undefined) return undefined;
  const call = await world.begin(
    api,
    `${instance.label} ${what}`,
    (ctx) => verb(ctx, { id: instance.id }),
    () => '',
  );
  return { process: api, call };
}
