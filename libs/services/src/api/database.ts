import { IllegalTransition } from '@taskflow/domain';
import type { databaseFragment, FragmentValues, Logger } from '@taskflow/runtime';
import { databaseTime, migrate, migrationStatus, type Db } from '@taskflow/store';

/** @throws Unavailable when the database does not answer */
export async function pingDatabase(db: Db): Promise<void> {
  await databaseTime(db);
}

/** Applies outstanding migrations, or refuses a database that lacks them where that is somebody else's task. */
export async function prepareDatabase(config: FragmentValues<typeof databaseFragment>, logger: Logger): Promise<void> {
  if (config.databaseMigrate) {
    const applied = await migrate({ url: config.databaseUrl });
    if (applied.length > 0) logger.info({ migrations: applied }, 'migrations applied');
    return;
  }
  const { pending } = await migrationStatus({ url: config.databaseUrl });
  if (pending.length === 0) return;
  throw new IllegalTransition(
    `The database lacks ${pending.length} migrations (${pending.join(', ')}). Run \`taskflow db migrate\`, or set TASKFLOW_DATABASE_MIGRATE=on.`,
    { reason: 'MIGRATIONS_PENDING' },
  );
}

/** A database URL for people: no user, no password. */
export function shownUrl(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
