import { Command } from 'commander';
import { serveApi } from './api.js';
import { servePusher } from './pusher.js';
import { serveScheduler } from './scheduler.js';
import { serveWorker } from './worker.js';

export function serveNoun(): Command {
  return new Command('serve')
    .description('run one service as this process; configured by TASKFLOW_* variables (docs/config.md)')
    .addCommand(serveApi('api'))
    .addCommand(serveScheduler('scheduler'))
    .addCommand(servePusher('pusher'))
    .addCommand(serveWorker('worker'));
}
