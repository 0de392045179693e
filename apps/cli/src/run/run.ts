import { Command } from 'commander';
import { runCancel } from './cancel.js';
import { runEvents } from './events.js';
import { runGet } from './get.js';
import { runList } from './list.js';
import { runRetry } from './retry.js';
import { runWait } from './wait.js';
import { runWatch } from './watch.js';

export function runNoun(): Command {
  const verbs = [runList(), runGet(), runWatch(), runWait(), runEvents(), runCancel(), runRetry()];
  return verbs.reduce(
    (noun, verb) => noun.addCommand(verb),
    new Command('run').description('look at and steer workflow instances'),
  );
}
