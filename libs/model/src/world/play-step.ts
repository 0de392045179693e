import { isTaskflowError } from '@taskflow/domain';
import type { PendingCall, Process } from './actors.js';
import { beginOperation } from './operations.js';
import { OPERATIONS, TROUBLES, type Step } from './step.js';
import { Violation, type World } from './world.js';

/** Plays one step and tells it in words; undefined when there was nothing to do it to. */
export async function playStep(world: World, step: Step): Promise<string | undefined> {
  const op = OPERATIONS[step.op % OPERATIONS.length] ?? 'time';
  const begun = await beginOperation(world, op, step);
  if (begun === undefined || typeof begun === 'string') return begun;
  return carryOn(world, begun.process, begun.call, step);
}

/** Lets a call go on, until it is over or something goes wrong. */
async function carryOn(world: World, process: Process, call: PendingCall, step: Step): Promise<string> {
  const trouble = TROUBLES[step.trouble] ?? 'none';
  if (trouble === 'none') return finish(world, call);
  for (let unit = 0; unit < step.after && call.call.outcome === undefined; unit += 1) await world.unit(call);
  if (call.call.outcome !== undefined) return finish(world, call);
  const where = step.after === 0 ? 'before it has begun' : `after ${step.after} of its steps`;
  switch (trouble) {
    case 'pause':
      process.pending.push(call);
      return `${call.title}: ${process.name} is held up ${where}`;
    case 'die':
      world.kill(process);
      return `${call.title}: ${process.name} dies ${where}`;
    case 'unanswered':
      await world.unit(call, 'unanswered');
      return `${await finish(world, call)} (the connection broke ${where}, when the next was done and not answered)`;
    case 'refused':
      await world.unit(call, 'refused');
      return `${await finish(world, call)} (the connection broke ${where})`;
    default: {
      const cutAt = trouble === 'cut' ? 1 : 3;
      await world.unit(call, { cutAt });
      return `${await finish(world, call)} (the connection broke ${where}, at statement ${cutAt + 1} of the next)`;
    }
  }
}

/** Lets a call go on to its end, and its caller take the answer. */
export async function finish(world: World, call: PendingCall): Promise<string> {
  while (call.call.outcome === undefined) await world.unit(call);
  const { outcome } = call.call;
  if ('value' in outcome) return told(call.title, call.answered(outcome.value));
  const { error } = outcome;
  if (!isTaskflowError(error)) {
    throw new Violation(`${call.title}: failed with ${error instanceof Error ? error.message : String(error)}`);
  }
  return told(call.title, call.failed(error) || error.reason);
}

function told(title: string, answer: string): string {
  return answer === '' ? title : `${title} → ${answer}`;
}
