import { CommandFailure } from '../failure/command-failure.js';
import { EXIT, type ExitCode } from '../failure/exit-code.js';
import { shownUrl } from './url.js';

const ADVICE: Readonly<Record<string, readonly [ExitCode, string]>> = {
  DATABASE_DOWN: [
    EXIT.unavailable,
    'does not answer. Start it, or name another: --database-url, TASKFLOW_DATABASE_URL',
  ],
  '28P01': [EXIT.access, 'refuses the user or its password. Correct them in the URL'],
  '28000': [EXIT.access, 'refuses the user. Correct the URL, or allow it in pg_hba.conf'],
  '42501': [EXIT.access, 'refuses this to the user. Name one that may, or ask for the right'],
  '3D000': [EXIT.notFound, 'does not exist on that server. Make it: taskflow db init'],
  NOT_MIGRATED: [EXIT.failed, 'has no tables of Taskflow, or not all. Make them: taskflow db migrate'],
};

/** Runs `work` on a database; its failures say which database it was and what to do. */
export async function explained<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { reason, code } = error as { reason?: unknown; code?: unknown };
    const [exit, advice] = ADVICE[String(reason ?? code)] ?? [];
    if (exit === undefined) throw error;
    throw new CommandFailure(`the database at ${shownUrl(url)} ${advice ?? ''}`, exit);
  }
}
