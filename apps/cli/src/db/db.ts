import { Command } from 'commander';
import { dbInit } from './init.js';
import { dbMigrate } from './migrate.js';
import { dbStatus } from './status.js';

export function dbNoun(): Command {
  return new Command('db')
    .description('make the database and its tables')
    .addCommand(dbInit('init'))
    .addCommand(dbMigrate('migrate'))
    .addCommand(dbStatus());
}
