import { beginClientOperation } from './client-operations.js';
import type { PendingCall, Process } from './actors.js';
import { nth } from './nth.js';
import { beginSchedulerOperation } from './scheduler-operations.js';
import type { Operation, Step } from './step.js';
import { beginWorkerOperation } from './worker-operations.js';
import type { World } from './world.js';

/** A call that has been begun, or a sentence on what was done at once, or nothing. */
export type Begun = { readonly process: Process; readonly call: PendingCall } | string | undefined;

const PASSES_MS = [500, 1000, 2500, 5000, 11_000, 16_000, 61_000];

export async function beginOperation(world: World, op: Operation, step: Step): Promise<Begun> {
  switch (op) {
    case 'time': {
      const ms = PASSES_MS[step.how % PASSES_MS.length] ?? 500;
      await world.pass(ms);
      return `${ms / 1000} s pass`;
    }
    case 'submit task':
    case 'submit workflow':
    case 'resend':
    case 'cancel task':
    case 'cancel run':
    case 'retry task':
    case 'rerun':
    case 'kill api':
      return beginClientOperation(world, op, step);
    case 'connect':
    case 'lease':
    case 'complete':
    case 'heartbeat':
    case 'hand back':
    case 'leave':
    case 'kill worker':
      return beginWorkerOperation(world, op, step);
    case 'campaign':
    case 'duty':
    case 'hint':
    case 'kill scheduler':
      return beginSchedulerOperation(world, op, step);
    case 'crash database':
      await world.backend.crash();
      await world.breakConnections();
      return 'the database crashes and comes back';
    case 'go on': {
      const held = [...world.apis, ...world.schedulers].filter((process) => process.pending.length > 0);
      const process = nth(held, step.who);
      const call = process && nth(process.pending, step.what);
      if (process === undefined || call === undefined) return undefined;
      process.pending = process.pending.filter((other) => other !== call);
      return { process, call: { ...call, title: `${call.title}, held up until now,` } };
    }
  }
}
