import { Command } from 'commander';
import { taskCancel } from './cancel.js';
import { taskEvents } from './events.js';
import { taskGet } from './get.js';
import { taskList } from './list.js';
import { taskLogs } from './logs.js';
import { taskPause, taskResume } from './pause.js';
import { taskRetry } from './retry.js';
import { taskSubmit } from './submit.js';
import { taskTypes } from './types.js';
import { taskWait } from './wait.js';

export function taskNoun(): Command {
  const verbs = [
    taskSubmit('submit'),
    taskList(),
    taskGet(),
    taskWait(),
    taskLogs(),
    taskEvents(),
    taskCancel(),
    taskRetry(),
    taskTypes(),
    taskPause(),
    taskResume(),
  ];
  return verbs.reduce(
    (noun, verb) => noun.addCommand(verb),
    new Command('task').description('submit Tasks, and look at and steer their instances'),
  );
}
