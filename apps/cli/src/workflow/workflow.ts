import { Command } from 'commander';
import { workflowApply } from './apply.js';
import { workflowGet } from './get.js';
import { workflowList } from './list.js';
import { workflowPause, workflowResume } from './pause.js';
import { workflowRun } from './run.js';
import { workflowValidate } from './validate.js';

export function workflowNoun(): Command {
  const verbs = [
    workflowApply(),
    workflowValidate(),
    workflowList(),
    workflowGet(),
    workflowRun('run'),
    workflowPause(),
    workflowResume(),
  ];
  return verbs.reduce(
    (noun, verb) => noun.addCommand(verb),
    new Command('workflow').description('register Workflows and Tasks, and run Workflows'),
  );
}
