import type { Command } from 'commander';
import { taskSubmit } from './submit.js';

/** `run_task` of old: submits and waits. */
export function taskRun(name: string): Command {
  return taskSubmit(name).description('queue an instance of a Task and wait for its end').setOptionValue('wait', true);
}
