import type { Queryable, Statement } from '../db.js';

/**
 * Asks the holder of a destination to look at all of its jobs.
 *
 * Locks: the row FOR NO KEY UPDATE, which the holder's fences do not block. Index: primary key. Idempotent: who asks again
 * before it is done asks for one more look. Caller: askSync.
 */
export const askSyncStatement: Statement = {
  name: 'push_ask_sync',
  text: `update push_destinations set sync_asked_at = clock_timestamp() where name = $1 returning name`,
};

/** False when there is no such destination. */
export async function askSync(q: Queryable, name: string): Promise<boolean> {
  return (await q.query(askSyncStatement, [name])).length > 0;
}

/**
 * Notes what a look at all jobs has found.
 *
 * Locks: the row FOR NO KEY UPDATE. Index: primary key. Idempotent: guarded by the epoch. Caller: noteSynced.
 */
export const noteSyncedStatement: Statement = {
  name: 'push_note_synced',
  text: `
update push_destinations set synced_at = $3::timestamptz, sync_found = $4::jsonb where name = $1 and lease_epoch = $2`,
};

/** `asked` is what was asked for and is answered by this; `found` is JSON text. */
export async function noteSynced(
  q: Queryable,
  note: { readonly name: string; readonly epoch: string; readonly asked: Date; readonly found: string },
): Promise<void> {
  await q.query(noteSyncedStatement, [note.name, note.epoch, note.asked, note.found]);
}
