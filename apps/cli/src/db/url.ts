import { processEnvironment } from '@taskflow/runtime/environment';
import type { Command } from 'commander';
import { usage } from '../failure/command-failure.js';
import { findRunningUp } from '../up/running-up.js';

export interface DatabaseOptions {
  readonly databaseUrl?: string;
}

export function withDatabaseOption(command: Command): Command {
  return command.option(
    '--database-url <url>',
    'the Postgres itself (default: $TASKFLOW_DATABASE_URL, else that of the `taskflow up` of this folder)',
  );
}

/** `--database-url`, then TASKFLOW_DATABASE_URL, then that of the `taskflow up` which runs in this folder. */
export function databaseUrl(options: DatabaseOptions): string {
  const given = options.databaseUrl ?? (processEnvironment()['TASKFLOW_DATABASE_URL'] || findRunningUp()?.databaseUrl);
  if (given === undefined) {
    throw usage(
      'no database is named: give --database-url or TASKFLOW_DATABASE_URL (postgres://user:password@host:port/database), ' +
        'or start one here: taskflow up',
    );
  }
  if (URL.canParse(given) && /^postgres(ql)?:$/.test(new URL(given).protocol)) return given;
  throw usage('the database URL is not valid, wanted postgres://user:password@host:port/database');
}

/** For people: no user, no password. */
export function shownUrl(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
