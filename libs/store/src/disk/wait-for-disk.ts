import type { Queryable, Statement } from '../db.js';

/**
 * Commits a few bytes that mean nothing, and with them everything that was committed before without waiting for the disk.
 *
 * Locks: none. Index: none. Idempotent: yes. Caller: who tells the outside of such a commit.
 */
export const waitForDiskStatement: Statement = {
  name: 'wait_for_disk',
  text: `select pg_logical_emit_message(true, 'taskflow', '')`,
};

/** Resolves when every commit that was answered before this call survives a crash of the server. */
export async function waitForDisk(q: Queryable): Promise<void> {
  await q.query(waitForDiskStatement);
}
