import { spawn, type ChildProcess } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { processEnvironment } from '@taskflow/runtime/environment';
import { databaseUrl } from '../db/url.js';
import type { UpFolder } from './folder.js';

export interface UpDatabase {
  readonly url: string;
  /** Started and stopped by this `up`. */
  readonly own: boolean;
  /** Stops a Postgres of its own, and removes what it kept for an ephemeral folder. */
  close(): Promise<void>;
}

/** TASKFLOW_DATABASE_URL, or else a Postgres under the folder. */
export async function openDatabase(folder: UpFolder): Promise<UpDatabase> {
  if (processEnvironment()['TASKFLOW_DATABASE_URL']) {
    const url = databaseUrl({});
    return { url, own: false, close: () => Promise.resolve() };
  }
  const { startEmbeddedPostgres } = await import('@taskflow/store/embedded');
  console.error('Starting Postgres…');
  const settings = folder.ephemeral ? FORGETFUL : {};
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder.path, 'postgres'), settings });
  const home = dirname(realpathSync(postgres.logFile));
  const guard = startGuard(home, folder);
  return {
    url: postgres.url,
    own: true,
    async close() {
      await postgres.stop({ remove: folder.ephemeral });
      guard.stdin?.end();
    },
  };
}

/** What is thrown away at the end need not survive a loss of power. */
const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

const GUARD = `
cat >/dev/null
pid_file="$1/data/postmaster.pid"
[ -f "$pid_file" ] && kill -INT "$(head -n 1 "$pid_file")"
shift
[ $# -gt 0 ] || exit 0
while [ -f "$pid_file" ]; do sleep 0.1; done
rm -rf "$@"
`;

/** Ends Postgres when this process was killed: its end of the pipe closes then, whatever the reason. */
function startGuard(home: string, folder: UpFolder): ChildProcess {
  const removed = folder.ephemeral ? [home, folder.path] : [];
  const guard = spawn('sh', ['-c', GUARD, 'taskflow-guard', home, ...removed], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  return guard;
}
