import { Command } from 'commander';
import { destinationCheck } from './check.js';
import { destinationList } from './list.js';
import { destinationSync } from './sync.js';

export function destinationNoun(): Command {
  const verbs = [destinationList(), destinationCheck(), destinationSync()];
  return verbs.reduce(
    (noun, verb) => noun.addCommand(verb),
    new Command('destination').description('where pushed tasks run: Kubernetes, AWS Batch, Apache Mesos, this machine'),
  );
}
