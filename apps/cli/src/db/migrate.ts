import { Command } from 'commander';
import { explained } from './explain-failure.js';
import { databaseUrl, shownUrl, withDatabaseOption, type DatabaseOptions } from './url.js';

/** `db migrate`, and `migrate_db` of old. */
export function dbMigrate(name: string): Command {
  return withDatabaseOption(new Command(name))
    .description('apply outstanding migrations; safe beside running services and beside another migrate')
    .action((options: DatabaseOptions) => runMigrations(databaseUrl(options)));
}

export async function runMigrations(url: string): Promise<void> {
  const { migrate } = await import('@taskflow/store');
  const applied = await explained(url, () => migrate({ url }));
  for (const name of applied) console.log(name);
  console.error(
    applied.length === 0 ? `${shownUrl(url)} is up to date.` : `Applied ${applied.length} to ${shownUrl(url)}.`,
  );
}
