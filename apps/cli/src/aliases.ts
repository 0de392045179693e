import type { Command } from 'commander';
import { dbInit } from './db/init.js';
import { dbMigrate } from './db/migrate.js';
import { serveApi } from './serve/api.js';
import { serveScheduler } from './serve/scheduler.js';
import { serveWorker } from './serve/worker.js';
import { taskRun } from './task/run.js';
import { taskSubmit } from './task/submit.js';
import { workflowRun } from './workflow/run.js';

/** The command names of the first Taskflow, for those who have scripts with them. */
export function aliases(): Command[] {
  return [
    serveApi('api_server'),
    dbInit('init_db'),
    dbMigrate('migrate_db'),
    serveScheduler('scheduler'),
    serveWorker('pull_worker'),
    taskRun('run_task'),
    taskSubmit('queue_task'),
    workflowRun('queue_workflow'),
  ];
}
