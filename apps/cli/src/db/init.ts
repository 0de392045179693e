import { Command } from 'commander';
import { explained } from './explain-failure.js';
import { runMigrations } from './migrate.js';
import { databaseUrl, shownUrl, withDatabaseOption, type DatabaseOptions } from './url.js';

/** `db init`, and `init_db` of old. */
export function dbInit(name: string): Command {
  return withDatabaseOption(new Command(name))
    .description('create the database where it is missing, and its tables')
    .action(async (options: DatabaseOptions) => {
      const url = databaseUrl(options);
      const { ensureDatabase } = await import('@taskflow/store');
      const created = await explained(url, () => ensureDatabase(url));
      if (created) console.error(`Created the database ${shownUrl(url)}.`);
      await runMigrations(url);
    });
}
