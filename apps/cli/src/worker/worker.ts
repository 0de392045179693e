import { Command } from 'commander';
import { workerList } from './list.js';

export function workerNoun(): Command {
  return new Command('worker').description('look at the workers').addCommand(workerList());
}
